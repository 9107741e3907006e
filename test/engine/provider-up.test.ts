import { expect, test } from "@jest/globals";
import { App, LocalVm } from "../../index.ts";
import { recordedCall } from "../support/engine/session.ts";
import { describeProvider } from "../support/provider/session.ts";

const inline = {
  name: "shop",
  services: {
    db: { image: "db:1", volumes: ["data:/data"] },
    web: { image: "web:1", ports: ["80"], depends_on: ["db"] },
  },
  volumes: { data: {} },
};

await describeProvider("an app on a local VM", (session) => {
  test("up makes VM, agent and app; a second up changes nothing; destroy leaves nothing", async () => {
    const { world, open } = session();
    const stack = await open(async () => {
      const host = new LocalVm("box", { memoryMiB: 1024 });
      const shop = new App("shop", { host, inline });
      return { url: shop.services.web.url, release: shop.release, address: host.connection.address };
    });
    const call = recordedCall();
    const done = await stack.up(call);
    expect(done.outputs["url"]?.value).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/u);
    expect(done.outputs["address"]).toEqual({ value: "127.0.0.1", secret: false });
    expect(world.driver.vms.size).toBe(1);
    expect((await stack.preview(recordedCall())).changed).toBe(false);
    expect((await stack.up(recordedCall())).changed).toBe(false);
    await stack.destroy(recordedCall());
    expect(world.driver.vms.size).toBe(0);
    expect(world.identities.size).toBe(0);
    expect(world.calls).not.toContain("uninstall");
  });
});

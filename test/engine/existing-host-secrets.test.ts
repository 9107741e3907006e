import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { App, ExistingHost } from "../../index.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { recordedCall } from "../support/engine/session.ts";
import { describeProvider } from "../support/provider/session.ts";

await describeProvider("parts of a connection that the program gives as secrets", (session) => {
  test("are secrets in its outputs, in what is made of them, and in the state", async () => {
    const { open } = session();
    const [hostKey, privateKey] = [mintKeyPair().publicKey, mintKeyPair().privateKey];
    const stack = await open(async () => {
      const server = {
        address: pulumi.secret("203.0.113.77"),
        user: pulumi.secret("keeper-of-it"),
        hostKey,
        privateKey,
      };
      const host = new ExistingHost("machine", server);
      const services = { web: { image: "web:1", ports: ["80:80"] } };
      const app = new App<"web">("shop", { host, inline: { name: "shop", services } });
      const { address, user, port } = host.connection;
      return { url: app.services.web.url, address, user, port };
    });
    const { outputs } = await stack.up(recordedCall());
    expect(outputs).toMatchObject({ url: "[secret]", address: "[secret]", user: "[secret]", port: 22 });
    await stack.refresh(recordedCall());
    const state = JSON.stringify(await stack.export("encrypted"));
    expect(state).toContain(hostKey);
    for (const secret of ["203.0.113.77", "keeper-of-it"]) expect(state).not.toContain(secret);
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
  });
});

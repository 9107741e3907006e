import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { Agent, App, LocalVm, Vm, type AppArgs } from "../../index.ts";
import { builtinProgram } from "../../modules/builtin-program/program.ts";
import { decodeState } from "../../modules/cli/deployed/state.ts";
import { planLines } from "../../modules/cli/render/plan.ts";
import { noColours } from "../../modules/cli/render/style.ts";
import { emptyRun, reduceEvent } from "../../modules/engine/index.ts";
import { AppResource } from "../../modules/apps/app-resource.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { containerNamed } from "../../host-agent/runtime/fake/world.ts";
import { recordedCall } from "../support/engine/session.ts";
import { changesIn, rowOf, saidIn } from "../support/provider/rows.ts";
import { describeProvider } from "../support/provider/session.ts";

const shop = {
  name: "shop",
  services: {
    db: { image: "db:1", volumes: ["data:/data"] },
    web: { image: "web:1", ports: ["80"], depends_on: ["db"], environment: { TOKEN: "${TOKEN:-none}" } },
  },
  volumes: { data: {} },
};

// What only the engine can show; the rest is in test/unit/provider-app.test.ts.
await describeProvider("an app on a local VM through the engine", (session) => {
  /** A program with a VM and an app, whose arguments a test may change between runs. */
  const program = (args: Partial<AppArgs<"web">> = {}) => {
    const wanted: { args: Partial<AppArgs<"web">>; hostname: string } = { args, hostname: "box" };
    const run = async (): Promise<object> => {
      const host = new LocalVm("box", { vmId: "box", hostname: wanted.hostname, memoryMiB: 1024 });
      const app = new App<"web">("shop", { host, ...wanted.args });
      return {
        url: app.services.web.url,
        state: app.services.web.state,
        release: app.release,
        address: host.connection.address,
        key: host.connection.privateKey,
        memory: host.facts.memoryBytes,
        hypervisor: host.facts.hypervisorClass,
      };
    };
    return { wanted, run };
  };

  test("from a preview of nothing to a running app, an edit, and nothing left", async () => {
    const { world, open, folder } = session();
    const file = join(folder, "compose.yaml");
    await writeFile(file, JSON.stringify(shop));
    const { wanted, run } = program({ files: file });
    const stack = await open(run);

    const preview = recordedCall();
    expect(await stack.preview(preview)).toMatchObject({ changed: true });
    expect(saidIn(preview)).toMatch(/network +shop_default[\s\S]*container +shop-db-1[\s\S]*container +shop-web-1/u);
    expect(world.driver.calls).toEqual([]);

    const done = await stack.up(recordedCall());
    expect(done.outputs).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/u),
      state: "running",
      address: "127.0.0.1",
      key: "[secret]",
      hypervisor: "emulation",
    });
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });

    await writeFile(file, JSON.stringify(shop).replace("web:1", "web:2"));
    const edited = recordedCall();
    await stack.preview(edited);
    expect(changesIn(edited, "App")).toContain("update fingerprints.web");
    expect(saidIn(edited)).toMatch(/container +shop-web-\d.*web:1 -> web:2/u);
    expect(rowOf(edited, "Vm").op).toBe("same");
    expect((await stack.up(recordedCall())).outputs["url"]).toEqual(done.outputs["url"]);

    wanted.args = { files: file, name: "store" };
    const renamed = recordedCall();
    await stack.up(renamed);
    expect(changesIn(renamed, "App")).toContain("replace name");

    wanted.hostname = "other";
    const reborn = recordedCall();
    expect((await stack.up(reborn)).counts).toMatchObject({ replace: 3 });
    expect(changesIn(reborn, "Vm")).toEqual(["replace hostname"]);
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });

    const before = world.calls.length;
    await stack.destroy(recordedCall());
    expect(world.driver.vms.size + world.identities.size).toBe(0);
    // Agent and app went with their VM: nobody dialled a dying host.
    expect(world.calls.slice(before)).not.toContain("uninstall");
  });

  test("drift is seen, named and put right: a killed container, a killed VM, an agent that is gone", async () => {
    const { world, open } = session();
    const stack = await open(program({ inline: shop }).run);
    const { url } = (await stack.up(recordedCall())).outputs;

    world.runtime.world.containers.delete(containerNamed(world.runtime.world, "shop-web-1")!.id);
    const refresh = recordedCall();
    await stack.refresh({ ...refresh, mode: "preview" });
    expect(changesIn(refresh, "App").join()).toMatch(/services\.web/u);
    const killed = recordedCall();
    await stack.up(killed);
    expect(changesIn(killed, "App")).toEqual(["update services.web"]);

    world.driver.vms.get("box")!.state = "stopped";
    const preview = recordedCall();
    await stack.preview(preview);
    expect(changesIn(preview, "Vm")).toEqual(["update state"]);
    expect(saidIn(preview)).toMatch(/the host is changed before the app is, or did not answer/u);
    expect((await stack.up(recordedCall())).outputs["url"]).toEqual(url);

    world.installed = undefined;
    expect((await stack.up(recordedCall())).counts).toMatchObject({ update: 1 });
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });

    world.driver.vms.clear();
    world.driver.onDestroyed("box");
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: true });
    expect((await stack.up(recordedCall())).counts).toMatchObject({ create: 3 });
  });

  test("secrets are in no plain text of the state, and values of other resources may be unknown in a preview", async () => {
    const { world, open } = session();
    let value: pulumi.Input<string> = "s3cret-one";
    const stack = await open(async () => {
      const host = new LocalVm("box", { vmId: "box" });
      new App("shop", {
        host,
        inline: shop,
        secrets: { TOKEN: value },
        registries: { "registry.example.com": { username: "me", password: "s3cret-two" } },
      });
      new App("second", {
        host,
        inline: { name: "second", services: { api: { image: "api:1", environment: { HOST: "${HOST}" } } } },
        variables: { HOST: host.hostId },
      });
    });
    const preview = recordedCall();
    await stack.preview(preview);
    expect(saidIn(preview)).toMatch(/some values are known during up only/u);
    await stack.up(recordedCall());
    expect(JSON.stringify(await stack.export("encrypted"))).not.toMatch(/s3cret/u);
    expect(JSON.stringify(preview.events)).not.toMatch(/s3cret/u);
    const api = containerNamed(world.runtime.world, "second-api-1");
    expect(api?.spec?.definition.environment?.["HOST"]).toMatch(/^SHA256:/u);

    value = pulumi.secret("s3cret-three");
    const rotated = recordedCall();
    await stack.up(rotated);
    expect(changesIn(rotated, "App", "shop")).toContain("update fingerprints.web");
    expect(containerNamed(world.runtime.world, "shop-web-2")?.spec?.definition.environment?.["TOKEN"]).toBe(
      "s3cret-three",
    );
  });

  test("variables of the built-in program are in no plain text, and its plan is as readable with them", async () => {
    const { open, folder } = session();
    const file = join(folder, "compose.yaml");
    const web = { image: "web:${TAG}", environment: { TOKEN: "${TOKEN}" } };
    await writeFile(file, JSON.stringify({ name: "shop", services: { web } }));
    const settings = { files: [file], host: { kind: "local" as const }, imageArchives: [] };
    const input = { name: "shop", projectDirectory: folder, profiles: [] };
    const given = { TAG: "1", TOKEN: "s3cret-one" };
    const stack = await open(() => builtinProgram({ settings, input: { ...input, variables: { ...given } } })());
    await stack.up(recordedCall());
    expect(JSON.stringify(await stack.export("encrypted"))).not.toMatch(/s3cret/u);

    Object.assign(given, { TAG: "2", TOKEN: "s3cret-two" });
    const preview = recordedCall();
    await stack.preview(preview);
    const view = preview.events.reduce(reduceEvent, emptyRun);
    const plan = planLines("shop/dev", view, noColours).join("\n");
    expect(plan).toMatch(/container +shop-web-\d.*environment\.TOKEN changed.*image web:1 -> web:2/u);
    expect(plan).not.toMatch(/\[secret\]/u);
    expect(JSON.stringify(preview.events)).not.toMatch(/s3cret/u);
  });

  test("the built-in program goes the whole way to a machine that exists, with no secret of it in plain text", async () => {
    const { open, folder } = session();
    const file = join(folder, "compose.yaml");
    await writeFile(file, JSON.stringify({ name: "shop", services: { web: { image: "web:1" } } }));
    const [hostKey, gateKey] = [mintKeyPair().publicKey, mintKeyPair().publicKey];
    const jump = { address: "gate.example", hostKey: gateKey, port: 2222, identityFile: "/unread" };
    const host = { kind: "ssh" as const, address: "10.0.0.5", user: "ops", hostKey, jump };
    const login = { privateKey: mintKeyPair().privateKey, jumpPrivateKey: mintKeyPair().privateKey };
    const settings = { files: [file], host, imageArchives: [] };
    const input = { name: "shop", projectDirectory: folder, profiles: [], variables: {} };
    const stack = await open(
      builtinProgram({ settings, input: { ...input, login: { ...login, sudoPassword: "s3cret-sudo" } } }),
    );
    await stack.up(recordedCall());
    expect(decodeState(await stack.export("plain")).hosts[0]?.connection).toMatchObject({
      ...{ address: "10.0.0.5", user: "ops", hostKey, privateKey: login.privateKey, sudoPassword: "s3cret-sudo" },
      jump: { address: "gate.example", port: 2222, user: "root", hostKey: gateKey, privateKey: login.jumpPrivateKey },
    });
    const state = JSON.stringify(await stack.export("encrypted"));
    for (const secret of ["s3cret-sudo", "PRIVATE KEY", "gate.example"]) expect(state).not.toContain(secret);
  });

  // Without components: their own calls would fail after the engine has given up, in this process.
  test("an app that does not become well is kept with its evidence, and the next up finishes it", async () => {
    const { world, open } = session();
    const wanted = { image: "web:9" };
    const stack = await open(async () => {
      const vm = new Vm("box", { vmId: "box" });
      const agent = new Agent("agent", { connection: vm.connection, vmId: vm.vmId });
      const inline = { ...shop, services: { ...shop.services, web: { image: wanted.image } } };
      const exposure = { via: "local-vm" as const, vmId: vm.vmId };
      const app = new AppResource("shop", { hostId: agent.hostId, connection: agent.connection, exposure, inline });
      return { services: app.services };
    });
    const call = recordedCall();
    await expect(stack.up(call)).rejects.toMatchObject({ code: "engine.failed" });
    expect(saidIn(call)).toMatch(/web:9/u);
    world.runtime.world.images.set("web:9", "sha256:web:9");
    const again = recordedCall();
    expect((await stack.up(again)).outputs["services"]).toMatchObject({ web: { state: "running" } });
    expect(rowOf(again, "App").initErrors.join()).toMatch(/web:9/u);

    wanted.image = "${";
    const mistaken = recordedCall();
    await expect(stack.preview(mistaken)).rejects.toThrow();
    expect(saidIn(mistaken)).toMatch(/:\d+:\d+: /u);
  });
});

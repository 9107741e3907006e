import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StackhouseError } from "../../modules/base/errors.ts";
import { InitFailed } from "../../modules/provider/kit/errors.ts";
import type { Remembered, Resource } from "../../modules/provider/kit/resource.ts";
import { unknownValue, type Properties } from "../../modules/provider/kit/values.ts";
import { appResource } from "../../modules/provider/resources/app/resource.ts";
import { vmResource } from "../../modules/provider/resources/vm/resource.ts";
import { containerNamed } from "../../host-agent/runtime/fake/world.ts";
import { callOn, linesOf, type RecordedCall } from "../support/provider/calls.ts";
import { smallVm, startWorld, type TestWorld } from "../support/provider/world.ts";

let world: TestWorld;
let app: Resource;
let host: { hostId: string; connection: Properties };
let folder: string;

const call = (): RecordedCall => callOn("App", "shop");
const previewing = (): RecordedCall => ({ ...call(), preview: true });

beforeEach(async () => {
  world = await startWorld();
  app = appResource(world.ports);
  const vm = await vmResource(world.ports).create(smallVm, callOn("Vm", "box"));
  world.installed = world.bundle.bundleDigest;
  host = { hostId: vm.outputs["hostId"] as string, connection: vm.outputs["connection"] as Properties };
  folder = await mkdtemp(join(tmpdir(), "stack-file-"));
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const onVm = { via: "local-vm", vmId: "box" };
const shop = {
  name: "shop",
  services: {
    db: { image: "db:1", volumes: ["data:/data"] },
    web: { image: "web:1", ports: ["80"], depends_on: ["db"], environment: { GREETING: "${GREETING:-hello}" } },
  },
  volumes: { data: {} },
};
const given = (more: Properties = {}): Properties => ({ ...host, exposure: onVm, inline: shop, ...more });
const check = async (news: Properties, previous?: Properties): Promise<Properties> => {
  const checked = await app.check(previous, news, call());
  expect(checked.failures).toEqual([]);
  return checked.inputs;
};
const failures = async (news: Properties, previous?: Properties): Promise<string[]> =>
  (await app.check(previous, news, call())).failures.map(({ property, reason }) => `${property}: ${reason}`);
const up = async (more: Properties = {}): Promise<Remembered> => {
  const inputs = await check(given(more));
  return { inputs, ...(await app.create(inputs, call())) };
};
const file = async (name: string, content: string): Promise<string> => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
interface ServiceView {
  readonly state: string;
  readonly url: string;
  readonly imageDigest: string;
  readonly ports: readonly { readonly address: string; readonly port: number }[];
}

const servicesOf = (outputs: Properties): Record<string, ServiceView> => outputs["services"] as never;

describe("check", () => {
  test("loads the stack file and computes name and fingerprints; neither model nor secret is in it", async () => {
    const inputs = await check(given({ secrets: { GREETING: "hunter2" } }));
    expect(inputs).toMatchObject({
      name: "shop",
      fingerprints: { db: expect.stringMatching(/^v1:sha256:/u), web: expect.stringMatching(/^v1:sha256:/u) },
      modelDigest: expect.stringMatching(/^sha256:/u),
    });
    expect(JSON.stringify({ ...inputs, secrets: undefined })).not.toContain("hunter2");
  });

  test("a mistake in a stack file has its file, line and column", async () => {
    const path = await file("compose.yaml", "name: shop\nservices:\n  web:\n    image: web:1\n    enviroment: {}\n");
    const [failure] = await failures({ ...host, exposure: onVm, files: [path] });
    expect(failure).toMatch(/^files: .*compose\.yaml:5:5: .*enviroment.* → .*environment/u);
  });

  test("a file of the workstation is not mounted: the app's host has none of that name", async () => {
    const text =
      "name: shop\nservices:\n  web:\n    image: web:1\n    volumes:\n" +
      "      - ./nginx.conf:/etc/nginx/nginx.conf:ro\n      - ~/data:/data\n      - /srv/data:/srv/data\n";
    const found = await failures({ ...host, exposure: onVm, files: [await file("compose.yaml", text)] });
    expect(found).toEqual([
      expect.stringMatching(/compose\.yaml:6:9: services\.web mounts \.\/nginx\.conf, .*→ give files as configs:/u),
      expect.stringMatching(/compose\.yaml:7:9: services\.web mounts ~\/data, /u),
    ]);
  });

  test("a stack file without services is no app", async () => {
    const found = await failures({ ...host, exposure: onVm, files: [await file("compose.yaml", "volumes: { v: }\n")] });
    expect(found).toEqual([expect.stringMatching(/^files: .*compose.yaml:1:1: there are no services/)]);
  });

  test("a stack file that is not there is named", async () => {
    const [failure] = await failures({ ...host, exposure: onVm, files: [join(folder, "nope.yaml")] });
    expect(failure).toMatch(/nope\.yaml/u);
  });

  test("files and inline exclude each other, and one of them is needed", async () => {
    expect(await failures({ ...host, exposure: onVm })).toEqual(["files: give either files or inline"]);
    expect(await failures(given({ files: ["compose.yaml"] }))).toEqual(["files: give either files or inline"]);
  });

  test("a value that is not known yet makes its service unknown, and no other", async () => {
    const inputs = await check(given({ variables: { GREETING: unknownValue } }));
    expect(inputs).toMatchObject({ name: "shop", fingerprints: { web: unknownValue }, modelDigest: unknownValue });
    expect((inputs["fingerprints"] as Properties)["db"]).toMatch(/^v1:/u);
  });

  test("variables that are not known as a whole make everything unknown, and nothing an error", async () => {
    const inputs = await check(given({ variables: unknownValue }));
    expect(inputs).toMatchObject({ name: unknownValue, fingerprints: unknownValue });
  });

  test("the content of a secret is in the fingerprint, not in the inputs", async () => {
    const inline = {
      ...shop,
      services: { web: { image: "web:1", secrets: ["token"] } },
      secrets: { token: { environment: "TOKEN" } },
    };
    const one = await check(given({ inline, secrets: { TOKEN: "one" } }));
    const two = await check(given({ inline, secrets: { TOKEN: "two" } }));
    expect(one["fingerprints"]).not.toEqual(two["fingerprints"]);
    expect(one["modelDigest"]).toEqual(two["modelDigest"]);
    expect(await failures(given({ inline }))).toEqual([expect.stringMatching(/TOKEN.*→.*secrets/u)]);
  });

  test("so is that of a secret from an env file", async () => {
    const inline = {
      ...shop,
      services: { web: { image: "web:1", secrets: ["token"] } },
      secrets: { token: { environment: "TOKEN" } },
    };
    const envFile = await file("app.env", "TOKEN=hunter2\n");
    const one = await check(given({ inline, envFiles: [envFile] }));
    expect(JSON.stringify(one)).not.toContain("hunter2");
    await file("app.env", "TOKEN=other\n");
    const two = await check(given({ inline, envFiles: [envFile] }));
    expect(one["fingerprints"]).not.toEqual(two["fingerprints"]);
    expect(one["modelDigest"]).toEqual(two["modelDigest"]);
  });

  test("an image archive that is not there is named", async () => {
    expect(await failures(given({ imageArchives: [join(folder, "none.tar")] }))).toEqual([
      expect.stringMatching(/^imageArchives\[0\]: there is no image archive .*none\.tar; docker save/u),
    ]);
  });

  describe("a port of the workstation that somebody else has", () => {
    const fixed = { ...shop, services: { web: { image: "web:1", ports: ["8080:80"] } } };

    test("is an error at preview, with the service and what to do", async () => {
      world.driver.takenPorts.add(8080);
      expect(await failures(given({ inline: fixed }))).toEqual([
        expect.stringMatching(
          /port 8080\/tcp of this workstation is taken, and service web publishes it: nginx, process 812, listens there → /u,
        ),
      ]);
    });

    test("is none where the app itself has it", async () => {
      const state = await up({ inline: fixed });
      world.driver.takenPorts.add(8080);
      expect(await failures(given({ inline: fixed }), state.inputs)).toEqual([]);
    });

    test("is none where the app had it under its old name", async () => {
      const state = await up({ inline: fixed });
      world.driver.takenPorts.add(8080);
      expect(await failures(given({ inline: fixed, name: "store" }), state.inputs)).toEqual([]);
    });

    test("is none on a host that is reached at its own address", async () => {
      world.driver.takenPorts.add(8080);
      expect(await failures(given({ inline: fixed, exposure: { via: "host" } }))).toEqual([]);
    });
  });
});

describe("create", () => {
  test("runs the app and tells where it is reached", async () => {
    const { id, outputs } = await up();
    expect(id).toBe(`${host.hostId}/shop`);
    const { web, db } = servicesOf(outputs);
    expect(web).toMatchObject({ state: "running", url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/u) });
    expect(db).toMatchObject({ state: "running", url: "", imageDigest: "sha256:db:1" });
    expect(world.driver.vms.get("box")?.forwards.map(({ owner }) => owner)).toEqual(["ssh", "shop"]);
    expect(outputs["release"]).not.toBe("");
  });

  test.each([
    { ports: ["8080:80", "8081:80"], at: [8080, 8081] },
    { ports: ["8080:80", "80"], at: [8080, expect.any(Number)] },
    { ports: ["127.0.0.1:8080:80"], at: [8080] },
    { ports: ["127.0.0.1:8080:80", "[::1]:8080:80"], at: [8080] },
  ])("a service that publishes $ports is reached at each of its ports on this workstation", async ({ ports, at }) => {
    const state = await up({ inline: { ...shop, services: { web: { image: "web:1", ports } } } });
    const reached = servicesOf(state.outputs)["web"]?.ports ?? [];
    expect(reached.map(({ address }) => address)).toEqual(at.map(() => "127.0.0.1"));
    expect(reached.map(({ port }) => port)).toEqual(at);
    const again = await app.update(state, state.inputs, call());
    expect(servicesOf(again)["web"]?.ports).toEqual(reached);
  });

  test("applies nothing that check has not seen: a file that changed meanwhile is an error", async () => {
    const path = await file("compose.yaml", "name: shop\nservices:\n  web:\n    image: web:1\n");
    const inputs = await check({ ...host, exposure: onVm, files: [path] });
    await file("compose.yaml", "name: shop\nservices:\n  web:\n    image: web:2\n");
    await expect(app.create(inputs, call())).rejects.toMatchObject({
      code: "stackfile.invalid",
      message: "the stack file changed while up ran",
    });
    expect(world.runtime.world.containers.size).toBe(0);
  });

  test("says each step on its row", async () => {
    const recorded = call();
    await app.create(await check(given()), recorded);
    expect(recorded.said.filter((line) => line.includes("step"))).toContainEqual(
      expect.stringMatching(/^status step \d+ of \d+: create container shop-db-1$/u),
    );
  });

  test("outputs hold no secret but the key of the connection", async () => {
    const { outputs } = await up({
      secrets: { GREETING: "hunter2" },
      registries: { r: { username: "u", password: "swordfish" } },
    });
    expect(JSON.stringify(outputs)).not.toMatch(/hunter2|swordfish/u);
  });

  test("an app that does not become well is saved with the service and its evidence", async () => {
    const inline = { ...shop, services: { web: { image: "nowhere/none:1" } } };
    const error: unknown = await up({ inline }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InitFailed);
    expect(error).toMatchObject({ id: `${host.hostId}/shop`, message: expect.stringMatching(/nowhere\/none/u) });
    expect((error as InitFailed).outputs).toMatchObject({ name: "shop", services: { web: { state: "absent" } } });
  });

  test("an app whose agent does not answer is saved as begun: nobody knows whether the job has arrived", async () => {
    world.installed = undefined;
    const error: unknown = await up().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InitFailed);
    expect(error).toMatchObject({ id: `${host.hostId}/shop`, cause: { code: "agent.unreachable" } });
  });
});

describe("diff", () => {
  const diffOf = async (state: Remembered, more: Properties = {}): Promise<readonly string[]> => {
    const news = await check(given(more), state.inputs);
    return linesOf(await app.diff(state, news, call()));
  };

  test("an app that is as it should be is no change", async () => {
    expect(await diffOf(await up())).toEqual([]);
  });

  test("a file that moved, or a variable that nobody uses, is no change", async () => {
    const state = await up({ inline: undefined, files: [await file("a.yaml", JSON.stringify(shop))] });
    const moved = {
      inline: undefined,
      files: [await file("b.yaml", JSON.stringify(shop))],
      variables: { UNUSED: "1" },
    };
    expect(await diffOf(state, moved)).toEqual([]);
  });

  test("a service that changed is named", async () => {
    const state = await up();
    expect(await diffOf(state, { variables: { GREETING: "good day" } })).toEqual([
      "update fingerprints.web",
      "update modelDigest",
      "update services.web",
    ]);
  });

  test("a container that somebody killed is named, and the next update puts it right", async () => {
    const state = await up();
    world.runtime.world.containers.delete(containerNamed(world.runtime.world, "shop-web-1")!.id);
    expect(await diffOf(state)).toEqual(["update services.web"]);
    const outputs = await app.update(state, state.inputs, call());
    expect(servicesOf(outputs)["web"]?.state).toBe("running");
    expect(await diffOf({ ...state, outputs })).toEqual([]);
  });

  test("ports that lead nowhere after a restart of the guest are put right, at the address that people know", async () => {
    const state = await up();
    const container = containerNamed(world.runtime.world, "shop-web-1")!;
    container.ports = container.ports.map((port) => ({ ...port, published: port.published + 100 }));
    expect(await diffOf(state)).toEqual(["update services"]);
    const outputs = await app.update(state, state.inputs, call());
    expect(servicesOf(outputs)["web"]?.url).toBe(servicesOf(state.outputs)["web"]?.url);
    expect(await diffOf({ ...state, outputs })).toEqual([]);
  });

  test("another host or name is a replacement, old one first", async () => {
    const state = await up();
    const news = await check(given({ name: "store" }), state.inputs);
    const diff = await app.diff(state, news, call());
    expect(linesOf(diff)).toContain("replace name");
    expect(diff.deleteBeforeReplace).toBe(true);
    expect(linesOf(await app.diff(state, { ...state.inputs, hostId: "SHA256:other" }, call()))).toEqual([
      "replace hostId",
    ]);
  });

  test("a host that does not answer is an error with a reason", async () => {
    const state = await up({ exposure: { via: "host" } });
    world.driver.vms.get("box")!.state = "stopped";
    await expect(app.diff(state, state.inputs, call())).rejects.toMatchObject({ code: "ssh.unreachable" });
  });

  test("on a VM that does not run everything is to be put right, and nobody is dialled", async () => {
    const state = await up();
    world.driver.vms.get("box")!.state = "stopped";
    expect(linesOf(await app.diff(state, state.inputs, call()))).toEqual(["update services"]);
  });
});

describe("preview", () => {
  const plan = (recorded: RecordedCall): string => recorded.said.filter((line) => line.startsWith("info ")).join("\n");

  test("shows the steps on a host that is there, as the agent plans them", async () => {
    const state = await up();
    const recorded = previewing();
    const outputs = await app.update(state, await check(given({ variables: { GREETING: "hi" } })), recorded);
    expect(plan(recorded)).toMatch(/container +shop-web-2 +in place of shop-web-1: environment\.GREETING changed/u);
    expect(plan(recorded)).not.toMatch(/shop-db-1/u);
    expect(outputs).not.toHaveProperty("services");
    expect(outputs).toMatchObject({ name: "shop", hostId: host.hostId });
  });

  test("plans for an empty host where there is none yet", async () => {
    const recorded = previewing();
    const inputs = await check(given({ connection: unknownValue, hostId: unknownValue }));
    await app.create(inputs, recorded);
    expect(plan(recorded)).toMatch(/network +shop_default[\s\S]*container +shop-db-1[\s\S]*container +shop-web-1/u);
    expect(plan(recorded)).toMatch(/the host was not looked at yet[\s\S]*image .*is needed, and may be on the host/u);
    expect(world.runtime.world.containers.size).toBe(0);
  });

  test("says so where values are known only later", async () => {
    const recorded = previewing();
    await app.create(await check(given({ variables: { GREETING: unknownValue } })), recorded);
    expect(plan(recorded)).toMatch(/known during up only/u);
  });
});

describe("read", () => {
  test("tells what runs, and drift", async () => {
    const state = await up();
    expect(await app.read(state, call())).toEqual(state);
    const container = containerNamed(world.runtime.world, "shop-db-1")!;
    world.runtime.world.containers.delete(container.id);
    const found = await app.read(state, call());
    expect(servicesOf(found!.outputs)["db"]?.state).toBe("absent");
  });

  test("an app that is gone is gone, and so is one whose VM is", async () => {
    const state = await up();
    await app.delete(state, call());
    world.runtime.world.volumes.clear();
    expect(await app.read(state, call())).toBeUndefined();
    world.driver.vms.clear();
    expect(await app.read(state, call())).toBeUndefined();
  });

  test("nothing runs on a VM that is stopped", async () => {
    const state = await up();
    world.driver.vms.get("box")!.state = "stopped";
    const found = await app.read(state, call());
    expect(Object.values(servicesOf(found!.outputs)).map((service) => service.state)).toEqual(["stopped", "stopped"]);
  });

  describe.each([
    ["does not answer", new StackhouseError("agent.unreachable", "the host agent does not answer")],
    ["hangs", new StackhouseError("agent.silent", "the host agent did not answer GET /v1/apps/shop within 30 s")],
  ])("where the agent of its host %s", (_, error) => {
    test("an app stays in the state, and the user is told why, and what puts it right", async () => {
      const state = await up();
      world.dialError = error;
      const reading = call();
      expect(await app.read(state, reading)).toEqual(state);
      expect(reading.said).toEqual([
        expect.stringMatching(/^warn root@127\.0\.0\.1:\d+: the host agent .*: what is known of it stays; up starts/u),
      ]);
      expect(linesOf(await app.diff(state, state.inputs, call()))).toEqual(["update services"]);
    });

    test("nothing is imported, and that is an error", async () => {
      const state = await up();
      world.dialError = error;
      const importing = app.read({ id: state.id, inputs: {}, outputs: {} }, call());
      await expect(importing).rejects.toMatchObject({ code: error.code });
    });
  });

  test("an import finds an app by its host key and name", async () => {
    const state = await up();
    const found = await app.read({ id: state.id, inputs: {}, outputs: {} }, call());
    expect(found?.inputs).toMatchObject({ ...host, name: "shop", fingerprints: state.inputs["fingerprints"] });
    expect(linesOf(await app.diff({ ...found!, id: state.id }, state.inputs, call()))).toEqual([]);
  });

  test("an import from a host that is no local VM says what to do instead", async () => {
    await expect(app.read({ id: "SHA256:none/shop", inputs: {}, outputs: {} }, call())).rejects.toMatchObject({
      hint: expect.stringMatching(/up takes over what it finds/u),
    });
  });
});

describe("delete", () => {
  test("removes the app and its ports; named volumes stay", async () => {
    await app.delete(await up(), call());
    expect(world.runtime.world.containers.size).toBe(0);
    expect([...world.runtime.world.volumes.keys()]).toEqual(["shop_data"]);
    expect(world.driver.vms.get("box")?.forwards.map(({ owner }) => owner)).toEqual(["ssh"]);
  });

  test("removes the volumes that are listed", async () => {
    await app.delete(await up({ deleteVolumes: ["data"] }), call());
    expect(world.runtime.world.volumes.size).toBe(0);
  });

  test("an app whose VM is gone is deleted already", async () => {
    const state = await up();
    world.driver.vms.clear();
    await app.delete(state, call());
  });
});

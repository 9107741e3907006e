import { describe, expect, it } from "@jest/globals";
import type { AppView, HostView } from "../../modules/cli/deployed/observe.ts";
import { statusJson, statusLines, type StatusView } from "../../modules/cli/render/status.ts";
import { noColours } from "../../modules/cli/render/style.ts";
import type { ServiceStatus } from "../../modules/protocol/app.ts";

const container = (name: string, state: "running" | "exited", health: "none" | "healthy" | "unhealthy") => ({
  id: `id-${name}`,
  name,
  image: "nginx:1",
  imageDigest: "sha256:1",
  state,
  health,
  ports: [],
});
const service = (state: ServiceStatus["state"], ...containers: ServiceStatus["containers"]): ServiceStatus => ({
  state,
  ports: [],
  containers,
});
const host: HostView = {
  name: "shop",
  hostId: "SHA256:x",
  vmId: "shop-dev-shop",
  address: "127.0.0.1:2222",
  state: "answers",
  machine: "VM, 2 CPU, 1024 MiB, emulation",
  agent: {
    version: "0.1.0",
    bundleDigest: "b",
    slot: "a",
    confirmed: true,
    protocol: { major: 1, minor: 0 },
    runtime: { kind: "docker", version: "26.1.5" },
    facts: { architecture: "x64", cpus: 2, memoryBytes: 1, os: "Debian", kernel: "6" },
    residentMemoryBytes: 1,
    startedAt: "2026-11-21T09:00:00Z",
    instance: "6f1c2d3e-0000-4000-8000-000000000001",
  },
};
const app: AppView["app"] = {
  name: "shop",
  resource: "shop",
  hostId: "SHA256:x",
  connection: { address: "127.0.0.1", port: 2222, user: "root", hostKey: "ssh-ed25519 AAAA", privateKey: "TOP SECRET" },
  volumes: ["data"],
  services: {
    web: { url: "http://127.0.0.1:8080", ports: [{ address: "127.0.0.1", port: 8080, target: 80, protocol: "tcp" }] },
    api: { url: "", ports: [] },
  },
};
const resource = (type: string, name: string, initErrors: readonly string[] = []) => ({
  urn: `urn:pulumi:dev::shop::${type}::${name}`,
  type,
  name,
  kind: "resource" as const,
  initErrors,
  protect: false,
});
const resources = [resource("stackhouse:index:Vm", "shop"), resource("stackhouse:index:App", "shop")];
const status = (web: ServiceStatus, api: ServiceStatus) => ({
  name: "shop",
  release: "r1",
  services: { web, api },
  networks: [],
  volumes: ["data"],
});
const well: StatusView = {
  title: "shop/dev",
  resources,
  hosts: [host],
  apps: [
    {
      app,
      host: "shop",
      status: status(
        service("running", container("shop-web-1", "running", "healthy")),
        service("running", container("shop-api-1", "running", "none"), container("shop-api-2", "running", "none")),
      ),
    },
  ],
};

describe("stackhouse status", () => {
  it("shows hosts, services and where to reach them", () => {
    expect(statusLines(well, noColours)).toEqual([
      "shop/dev: 2 resources",
      "",
      "HOST  STATE    SSH             AGENT                   MACHINE",
      "shop  answers  127.0.0.1:2222  0.1.0 on docker 26.1.5  VM, 2 CPU, 1024 MiB, emulation",
      "",
      "APP   SERVICE  STATE    HEALTH   CONTAINERS  HOST  URL",
      "shop  web      running  healthy  1/1         shop  http://127.0.0.1:8080",
      "shop  api      running  -        2/2         shop",
      "",
      "Next: stackhouse logs -f, stackhouse exec SERVICE sh",
    ]);
  });

  it("says that a VM is off, and that up brings it back", () => {
    const off: HostView = {
      name: "shop",
      hostId: "x",
      address: "127.0.0.1:2222",
      state: "stopped",
      problem: "its QEMU process is gone",
      next: "stackhouse up brings it back, with its disk; so does stackhouse host start shop",
    };
    const lines = statusLines(
      { ...well, hosts: [off], apps: [{ app, host: "shop", problem: "its host is stopped" }] },
      noColours,
    );
    expect(lines).toEqual([
      "shop/dev: 2 resources",
      "",
      "HOST  STATE    SSH             AGENT  MACHINE",
      "shop  stopped  127.0.0.1:2222",
      "",
      "APP   SERVICE  STATE    HEALTH  CONTAINERS  HOST  URL",
      "shop  web      unknown  -       -           shop  http://127.0.0.1:8080",
      "shop  api      unknown  -       -           shop",
      "",
      "! shop is stopped: its QEMU process is gone",
      "! shop: its host is stopped",
      "",
      "Next: stackhouse up brings it back, with its disk; so does stackhouse host start shop",
    ]);
  });

  it("says of a paused VM what lets it go on, and of several that are off that up brings all back", () => {
    const paused: HostView = {
      name: "shop",
      hostId: "x",
      address: "127.0.0.1:2222",
      state: "paused",
      problem: "it was saved with its memory",
      next: "stackhouse host resume shop lets it go on; so does stackhouse up",
    };
    const lines = statusLines({ ...well, hosts: [paused], apps: [] }, noColours);
    expect(lines).toContain("shop  paused  127.0.0.1:2222");
    expect(lines.at(-1)).toBe("Next: stackhouse host resume shop lets it go on; so does stackhouse up");
    const both = statusLines({ ...well, hosts: [paused, { ...paused, name: "shed" }], apps: [] }, noColours);
    expect(both.at(-1)).toBe("Next: stackhouse up brings them back, with their disks where those are still there");
  });

  it("knows nothing of a service that its host does not tell of, whatever its name", () => {
    const named = { ...app, services: { constructor: { url: "", ports: [] } } };
    const view = {
      app: named,
      host: "shop",
      status: { ...status(service("running"), service("running")), services: {} },
    };
    expect(statusLines({ ...well, apps: [view] }, noColours)).toContain(
      "shop  constructor  unknown  -       -           shop",
    );
  });

  it("points to the logs of a service that is not well", () => {
    const sick = status(
      service("unhealthy", container("shop-web-1", "running", "unhealthy")),
      service("stopped", container("shop-api-1", "exited", "none")),
    );
    const lines = statusLines({ ...well, apps: [{ app, host: "shop", status: sick }] }, noColours);
    expect(lines).toEqual(
      expect.arrayContaining([
        "shop  web      unhealthy  unhealthy  1/1         shop  http://127.0.0.1:8080",
        "shop  api      stopped    -          0/1         shop",
        "Next: stackhouse logs web",
      ]),
    );
  });

  it("proposes to end a VM that hangs, since up cannot", () => {
    const silent: HostView = {
      ...{ name: "shop", hostId: "SHA256:x", vmId: "shop-dev-shop", address: "127.0.0.1:2222" },
      ...{ state: "unreachable", problem: "no answer" },
    };
    expect(statusLines({ ...well, hosts: [silent] }, noColours).at(-1)).toMatch(
      /^Next: stackhouse host console shop-dev-shop .*stackhouse host stop shop-dev-shop --grace 0, then stackhouse up$/u,
    );
  });

  it("says that a container is gone, which only up repairs", () => {
    const gone = status(service("absent"), service("stopped"));
    expect(statusLines({ ...well, apps: [{ app, host: "shop", status: gone }] }, noColours)).toEqual(
      expect.arrayContaining(["! shop: the container of web is gone", "Next: stackhouse up repairs it"]),
    );
  });

  it.each([
    { what: "no app", view: { ...well, apps: [] }, next: "Next: stackhouse ssh" },
    { what: "neither host nor app", view: { ...well, hosts: [], apps: [] }, next: "Next: stackhouse preview" },
  ])("proposes nothing that needs an app where there is $what", ({ view, next }) => {
    expect(statusLines(view, noColours).at(-1)).toBe(next);
  });

  it("tells apart two apps of one name by what the program calls them", () => {
    const one = { app: { ...app, resource: "shop-one" }, host: "one" };
    const two = { app: { ...app, resource: "shop-two" }, host: "two", problem: "its host is stopped" };
    expect(statusLines({ ...well, apps: [one, two] }, noColours)).toEqual(
      expect.arrayContaining([
        "shop-one  web      unknown  -       -           one   http://127.0.0.1:8080",
        "shop-two  api      unknown  -       -           two",
        "! shop-two: its host is stopped",
      ]),
    );
  });

  it("says what the last run left half-made", () => {
    const halfMade = [resource("stackhouse:index:Vm", "shop", ["gave up waiting for ssh\n→ run up again"])];
    const lines = statusLines({ ...well, resources: halfMade, hosts: [], apps: [] }, noColours);
    expect(lines).toEqual([
      "shop/dev: 1 resource",
      "",
      "! Vm shop is half-made: the last up ended with",
      "    gave up waiting for ssh",
      "    → run up again",
      "",
      "Next: stackhouse up repairs it",
    ]);
  });

  it("gives a script everything but keys", () => {
    const json = JSON.stringify(statusJson(well));
    expect(json).not.toContain("TOP SECRET");
    expect(JSON.parse(json)).toMatchObject({
      stack: "shop/dev",
      deployed: true,
      apps: [{ name: "shop", release: "r1", services: { web: { state: "running", url: "http://127.0.0.1:8080" } } }],
    });
  });
});

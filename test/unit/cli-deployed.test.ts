import { describe, expect, it } from "@jest/globals";
import { decodeState } from "../../modules/cli/deployed/state.ts";
import { refuseProtected } from "../../modules/cli/deployed/protected.ts";
import { requireServices, selectApp } from "../../modules/cli/deployed/select.ts";
import { destroyPlanLines } from "../../modules/cli/render/destroy.ts";
import { sinceTime } from "../../modules/cli/render/since.ts";
import { noColours } from "../../modules/cli/render/style.ts";

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const connection = { address: "127.0.0.1", port: 2222, user: "root", hostKey: "ssh-ed25519 AAAA" };
const urn = (type: string, name: string): string => `urn:pulumi:dev::shop::${type}::${name}`;
const resource = (type: string, name: string, outputs?: object, more: object = {}) => ({
  urn: urn(type, name),
  type,
  custom: true,
  ...(outputs === undefined ? {} : { outputs }),
  ...more,
});
const vm = resource("stackhouse:index:Vm", "box", {
  vmId: "shop-dev-box",
  hostId: "SHA256:vm",
  connection: { ...connection, privateKey: secret("KEY") },
});
const agent = resource("stackhouse:index:Agent", "box-agent", {
  hostId: "SHA256:vm",
  version: "0.1.0",
  connection: secret(connection),
});
const app = resource("stackhouse:index:App", "shop", {
  name: "shop",
  hostId: "SHA256:vm",
  connection: secret({ ...connection, port: 1 }),
  release: "r1",
  volumes: ["data"],
  services: { web: { state: "running", url: "http://127.0.0.1:8080", ports: [] } },
});
const stateOf = (...resources: object[]) => decodeState({ version: 3, deployment: { resources } });

describe("what is deployed", () => {
  it("is read from the state of any program: hosts with their keys, apps with their services", () => {
    const { hosts, apps } = stateOf(vm, agent, app);
    expect(hosts).toEqual([
      {
        name: "box",
        vmId: "shop-dev-box",
        hostId: "SHA256:vm",
        connection: { ...connection, privateKey: "KEY" },
        agentVersion: "0.1.0",
      },
    ]);
    expect(apps).toMatchObject([{ name: "shop", release: "r1", services: { web: { url: "http://127.0.0.1:8080" } } }]);
  });

  it("reaches an app through the connection of its VM, which is the newest", () => {
    expect(stateOf(vm, agent, app).apps[0]?.connection.port).toBe(2222);
  });

  it("knows a machine that exists by its agent", () => {
    expect(stateOf(agent).hosts).toMatchObject([{ name: "box-agent", connection }]);
  });

  it("calls a host as the program does, and not as the part of it that tells of it", () => {
    const parent = urn("stackhouse:hosts:Ec2Host", "web");
    expect(stateOf({ ...agent, parent }).hosts).toMatchObject([{ name: "web" }]);
    const own = urn("shop:index:Fleet", "all");
    expect(stateOf({ ...agent, parent: own }).hosts).toMatchObject([{ name: "box-agent" }]);
  });

  it("lists what is half-made, and makes no host of what cannot be reached yet", () => {
    const halfMade = resource("stackhouse:index:Vm", "box", { vmId: "v" }, { initErrors: ["no ssh"] });
    const { hosts, resources } = stateOf(halfMade);
    expect(hosts).toEqual([]);
    expect(resources).toMatchObject([{ name: "box", initErrors: ["no ssh"] }]);
  });

  it("lists what was being made when the engine was killed, and nothing that is there already or of others", () => {
    const creating = (cut: object) => ({ type: "creating", resource: cut });
    const box = resource("stackhouse:index:Vm", "box", undefined, { inputs: { vmId: "v" } });
    const bucket = resource("aws:s3/bucket:Bucket", "files", undefined, { inputs: {} });
    const pending = [creating(box), creating(bucket), creating({ ...agent, inputs: { hostId: "SHA256:vm" } })];
    const deployment = { resources: [agent], pending_operations: pending };
    expect(decodeState({ version: 3, deployment }).resources).toMatchObject([
      { name: "box-agent", initErrors: [] },
      { name: "box", initErrors: [expect.stringContaining("has not ended")] },
    ]);
  });

  it("leaves out providers, the Pulumi stack itself and what waits for its deletion", () => {
    const { resources } = stateOf(
      resource("pulumi:pulumi:Stack", "shop-dev"),
      resource("pulumi:providers:stackhouse", "default"),
      { ...vm, delete: true },
    );
    expect(resources).toEqual([]);
  });

  it("has names that may hold the delimiter of URNs", () => {
    expect(stateOf({ ...vm, urn: urn("stackhouse:index:Vm", "eu::box") }).hosts[0]?.name).toBe("eu::box");
  });

  it("is nothing in an empty state", () => {
    expect(decodeState({ version: 3 })).toEqual({ resources: [], hosts: [], apps: [] });
  });
});

describe("choosing an app", () => {
  const at = (name: string, port: number) => ({ hostId: `SHA256:${name}`, connection: { ...connection, port } });
  const hosts = ["one", "two"].map((name, index) => ({ name, ...at(name, index) }));
  const deployed = (resource: string, name: string, host: string) => ({
    ...at(host, 0),
    ...{ resource, name, volumes: [], services: {} },
  });
  const a = deployed("a-app", "a", "one");
  const b = deployed("b-app", "b", "two");
  const shopOne = deployed("shop-one", "shop", "one");
  const shopTwo = deployed("shop-two", "shop", "two");

  it.each([
    { what: "the only one without a name", apps: [a], wanted: {}, found: a },
    { what: "one by its name", apps: [a, b], wanted: { app: "b" }, found: b },
    { what: "one by the name of its resource", apps: [shopOne, shopTwo], wanted: { app: "shop-two" }, found: shopTwo },
    { what: "one by its host", apps: [shopOne, shopTwo], wanted: { host: "two" }, found: shopTwo },
    { what: "one by its name and host", apps: [shopOne, a, b], wanted: { app: "a", host: "one" }, found: a },
  ])("takes $what", ({ apps, wanted, found }) => {
    expect(selectApp({ apps, hosts }, wanted)).toBe(found);
  });

  it.each([
    { apps: [a, b], wanted: {}, message: "there are several apps: a, b", hint: "choose one with --app NAME" },
    { apps: [a, b], wanted: { app: "c" }, message: "there is no app c", hint: "there is: a, b" },
    { apps: [], wanted: {}, message: "no app is deployed", hint: "stackhouse up deploys it" },
    {
      apps: [shopOne, shopTwo, a],
      wanted: { app: "shop" },
      message: "there are several apps shop: shop-one, shop-two",
      hint: "choose one with --app NAME",
    },
    { apps: [a, b], wanted: { host: "x" }, message: "there is no host x", hint: "there is: one, two" },
    { apps: [a, b], wanted: { app: "b", host: "one" }, message: "there is no app b on one", hint: "there is: a" },
  ])("refuses $wanted of $apps.length: $message", ({ apps, wanted, message, hint }) => {
    expect(() => selectApp({ apps, hosts }, wanted)).toThrow(expect.objectContaining({ message, hint }));
  });

  it("refuses a service that it does not have", () => {
    expect(() => requireServices(stateOf(app).apps[0]!, ["web", "wbe"])).toThrow(
      expect.objectContaining({ message: "shop has no service wbe", hint: "it has: web" }),
    );
  });
});

describe("what destroy says before it asks", () => {
  it("warns of data that goes with a local VM", () => {
    expect(destroyPlanLines("shop/dev", stateOf(vm, agent, app), noColours)).toEqual([
      "This takes away all of shop/dev:",
      "",
      "  - Vm box",
      "  - Agent box-agent",
      "  - App shop",
      "",
      "The data of shop goes with its VM box: data.",
      "",
    ]);
  });

  it("says that data stays on a machine that stays", () => {
    expect(destroyPlanLines("shop/dev", stateOf(agent, app), noColours)).toContain(
      "The data of shop stays on its host: data.",
    );
  });
});

describe("destroy of what is protected", () => {
  it("is refused before anything is touched, with the two ways to let go of it", () => {
    const deployed = stateOf({ ...vm, protect: true }, agent, app);
    expect(() => refuseProtected({ title: "shop/dev", deployed }, "dev")).toThrow(
      expect.objectContaining({
        code: "input.invalid",
        message: "Vm box of shop/dev is protected: nothing was taken away",
        details: ["pulumi state unprotect 'urn:pulumi:dev::shop::stackhouse:index:Vm::box' --stack dev --yes"],
        hint: expect.stringContaining("stackhouse up"),
      }),
    );
  });

  it("goes on where nothing is", () => {
    expect(() => refuseProtected({ title: "shop/dev", deployed: stateOf(vm, agent, app) }, "dev")).not.toThrow();
  });
});

describe("--since", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");

  it.each([
    { text: "30s", time: "2026-11-21T11:59:30.000Z" },
    { text: "1h30m", time: "2026-11-21T10:30:00.000Z" },
    { text: "2d", time: "2026-11-19T12:00:00.000Z" },
    { text: "2026-11-20T08:00:00+01:00", time: "2026-11-20T07:00:00.000Z" },
    { text: "2026-11-20", time: "2026-11-20T00:00:00.000Z" },
  ])("$text is $time", ({ text, time }) => {
    expect(sinceTime(text, now)).toBe(time);
  });

  it.each(["yesterday", "10", "m", "2026-99-99"])("%s is no time", (text) => {
    expect(() => sinceTime(text, now)).toThrow(expect.objectContaining({ code: "input.invalid" }));
  });
});

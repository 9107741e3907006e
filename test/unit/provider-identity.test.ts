import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { allowedResource } from "../../modules/provider/resources/allowed.ts";
import { identityResource } from "../../modules/provider/resources/identity.ts";
import { pinResource } from "../../modules/provider/resources/pin.ts";
import { userDataFor } from "../../modules/provider/resources/user-data.ts";
import type { Remembered } from "../../modules/provider/kit/resource.ts";
import { unknownValue, type Properties, type Value } from "../../modules/provider/kit/values.ts";
import { fingerprintOf, publicKeyOf } from "../../modules/ssh/keys.ts";
import { callOn, linesOf } from "../support/provider/calls.ts";

describe("an identity", () => {
  const identity = identityResource();
  const call = () => callOn("Identity", "machine-identity");
  const up = async (): Promise<Remembered> => ({ inputs: {}, ...(await identity.create({}, call())) });

  test("is a host key, a key that opens the machine, and the user data with both", async () => {
    const { id, outputs } = await up();
    expect(id).toBe(fingerprintOf(outputs["hostKey"] as string));
    expect(publicKeyOf(outputs["privateKey"] as string)).toBe(outputs["publicKey"]);
    const { ssh_keys: keys, ssh_authorized_keys: opens } = parse(outputs["userData"] as string) as UserData;
    expect(publicKeyOf(keys.ed25519_private)).toBe(outputs["hostKey"]);
    expect(keys.ed25519_public).toBe(outputs["hostKey"]);
    expect(opens).toEqual([outputs["publicKey"]]);
  });

  test("is another one for each machine, and no preview knows it", async () => {
    expect((await up()).id).not.toBe((await up()).id);
    expect((await identity.create({}, { ...call(), preview: true })).outputs).toEqual({});
  });

  test("stays as it is, so that the machine does", async () => {
    const state = await up();
    expect(linesOf(await identity.diff(state, {}, call()))).toEqual([]);
    expect(await identity.read(state, call())).toEqual(state);
    expect(await identity.update(state, {}, call())).toEqual(state.outputs);
  });

  test("keeps its private keys secret", () => {
    expect(identity.secrets).toEqual([["privateKey"], ["userData"]]);
  });
});

interface UserData {
  readonly ssh_keys: { readonly ed25519_private: string; readonly ed25519_public: string };
  readonly ssh_authorized_keys: readonly string[];
}

test("the user data is as it was reviewed", async () => {
  const host = { privateKey: "-----BEGIN-----\nhost\n-----END-----\n", publicKey: "ssh-ed25519 AAAAhost host" };
  expect(await userDataFor({ host, publicKey: "ssh-ed25519 AAAAlogin login" })).toMatchSnapshot();
});

describe("a pin", () => {
  const pin = pinResource();
  const hint = "choose another";
  const call = () => callOn("Pin", "machine-image");
  const check = async (news: Properties, previous?: Properties): Promise<Properties> =>
    (await pin.check(previous, news, call())).inputs;
  const up = async (news: Properties): Promise<Remembered> => {
    const inputs = await check(news);
    return { inputs, ...(await pin.create(inputs, call())) };
  };

  test("keeps what was found first while the question is the same", async () => {
    const state = await up({ question: "debian-13", value: "ami-1", hint });
    const news = await check({ question: "debian-13", value: "ami-2", hint }, state.inputs);
    expect(news).toEqual(state.inputs);
    expect(linesOf(await pin.diff(state, news, call()))).toEqual([]);
  });

  test("takes what is found now when the question is another", async () => {
    const state = await up({ question: "debian-13", value: "ami-1", hint });
    const news = await check({ question: "debian-12", value: "ami-2", hint }, state.inputs);
    expect(linesOf(await pin.diff(state, news, call()))).toEqual(["update question", "update value"]);
    const earlier = [{ question: "debian-13", value: "ami-1" }];
    expect(await pin.update(state, news, call())).toEqual({ question: "debian-12", value: "ami-2", hint, earlier });
  });

  test("finds again what it found before, where the program goes back to an earlier question", async () => {
    let { inputs } = await up({ question: "debian-13", value: "ami-1", hint });
    for (const question of ["debian-12", "ubuntu-24.04"])
      inputs = await check({ question, value: "ami-2", hint }, inputs);
    const back = await check({ question: "debian-13", value: "ami-3", hint }, inputs);
    expect(back).toMatchObject({ question: "debian-13", value: "ami-1" });
    expect(await check({ question: "debian-12", value: "", hint }, back)).toMatchObject({ value: "ami-2" });
  });

  test("does not remember without an end", async () => {
    let { inputs } = await up({ question: "0", value: "ami-0", hint });
    for (let turn = 1; turn < 30; turn++)
      inputs = await check({ question: `${turn}`, value: `ami-${turn}`, hint }, inputs);
    expect(inputs["earlier"]).toHaveLength(8);
    expect(await check({ question: "0", value: "ami-new", hint }, inputs)).toMatchObject({ value: "ami-new" });
  });

  test("keeps it where the look-up has no answer yet", async () => {
    const state = await up({ question: "debian-13", value: "ami-1", hint });
    expect(await check({ question: "debian-13", value: unknownValue, hint }, state.inputs)).toEqual(state.inputs);
  });

  test("needs no answer any more once there was one, and says what to do where there never was", async () => {
    const state = await up({ question: "debian-13", value: "ami-1", hint });
    expect(await check({ question: "debian-13", value: "", hint }, state.inputs)).toEqual(state.inputs);
    const { failures } = await pin.check(state.inputs, { question: "debian-12", value: "", hint }, call());
    expect(failures).toEqual([{ property: "value", reason: "nothing was found for debian-12: choose another" }]);
  });
});

describe("a value that is kept", () => {
  const allowed = allowedResource();
  const call = () => callOn("Allowed", "machine-allowed");
  const keeping = (zone: Properties) => ({ needs: {}, keeps: { zone: { reason: "keep it", ...zone } } });
  const failures = async (news: Properties, previous?: Properties): Promise<readonly unknown[]> =>
    (await allowed.check(previous && keeping(previous), keeping(news), call())).failures;
  const before = { value: "a" };

  test("may be anything at first, and stays", async () => {
    expect(await failures({ value: "a" })).toEqual([]);
    expect(await failures({ value: "a" }, before)).toEqual([]);
  });

  test("refuses another one, with the program's reason", async () => {
    const refusal = { property: "keeps.zone", reason: "is a, and cannot become b: keep it" };
    expect(await failures({ value: "b" }, before)).toEqual([refusal]);
  });

  test("is left where only another one may not be", async () => {
    expect(await failures({ value: "b", leaving: "b" }, before)).toEqual([]);
    expect(await failures({ value: "b", leaving: "a" }, before)).toHaveLength(1);
  });

  test("is nothing to be done about where only the words of the program are others, as of a newer version", async () => {
    const state = { inputs: keeping(before), ...(await allowed.create(keeping(before), call())) };
    const diff = (news: Properties) => allowed.diff(state, keeping(news), call());
    expect(linesOf(await diff({ value: "a", leaving: "b", reason: "leave it" }))).toEqual([]);
    expect(linesOf(await diff({ value: "b", leaving: "b", reason: "leave it" }))).toEqual(["update keeps.zone.value"]);
  });

  test("is not refused before it is known", async () => {
    expect(await failures({ value: unknownValue }, before)).toEqual([]);
  });
});

describe("a value whose change is told", () => {
  const allowed = allowedResource();
  const telling = (type: Properties) => ({
    needs: {},
    tells: { type: { about: "machine 1", message: "it restarts", ...type } },
  });
  const said = async (before: Properties | undefined, news: Properties): Promise<readonly string[]> => {
    const call = callOn("Allowed", "machine-allowed");
    const { failures } = await allowed.check(before && telling(before), telling(news), call);
    expect(failures).toEqual([]);
    return call.said;
  };

  test("is told before it is changed, and not when it is made or stays", async () => {
    expect(await said({ value: "small" }, { value: "large" })).toEqual(["warn it restarts"]);
    expect(await said(undefined, { value: "large" })).toEqual([]);
    expect(await said({ value: "small" }, { value: "small", message: "it stops" })).toEqual([]);
  });

  test("is told where it gives up what it was given, and not when it is given that", async () => {
    expect(await said({ value: "a", lasting: "IPv6" }, { value: "a" })).toEqual(["warn it restarts"]);
    expect(await said({ value: "a" }, { value: "a", lasting: "IPv6" })).toEqual([]);
    expect(await said({ value: "a", lasting: "IPv6" }, { value: "a", lasting: "IPv6" })).toEqual([]);
  });

  test("is not told of another thing, or while it is not known", async () => {
    expect(await said({ value: "small" }, { value: "large", about: "machine 2" })).toEqual([]);
    expect(await said({ value: "small" }, { value: "large", about: unknownValue })).toEqual([]);
    expect(await said({ value: "small" }, { value: unknownValue })).toEqual([]);
  });

  test("is noted with what has it, and its words are not", async () => {
    const before = telling({ value: "small" });
    const state = { inputs: before, ...(await allowed.create(before, callOn("Allowed", "machine-allowed"))) };
    const diff = async (news: Properties) => linesOf(await allowed.diff(state, telling(news), callOn("Allowed", "it")));
    expect(await diff({ value: "small", message: "it stops" })).toEqual([]);
    expect(await diff({ value: "small", lasting: "IPv6" })).toEqual(["add tells.type.lasting"]);
    expect(await diff({ value: "large", about: "machine 2" })).toEqual([
      "update tells.type.about",
      "update tells.type.value",
    ]);
  });
});

describe("a value that must be allowed", () => {
  const allowed = allowedResource();
  const call = () => callOn("Allowed", "machine-power");
  const power = { value: "active", allowed: ["active", "new"], reason: "turn it on" };
  const needing = (changes: Properties = {}) => ({ needs: { power: { ...power, ...changes } } });
  const check = async (before: Properties | undefined, news: Properties): Promise<readonly unknown[]> =>
    (await allowed.check(before, news, call())).failures;

  test("is refused where it is none of those, with the program's reason", async () => {
    expect(await check(needing(), needing({ value: "new" }))).toEqual([]);
    expect(await check(needing(), needing({ value: unknownValue }))).toEqual([]);
    expect(await check(needing(), needing({ value: "off" }))).toEqual([
      { property: "needs.power", reason: "turn it on" },
    ]);
  });

  test("is a warning where what it was needed for is there already, and refused anew for another one", async () => {
    const about = { ...needing({ value: "off", about: "ami-1 in subnet-1" }), made: true };
    const told = call();
    expect((await allowed.check(about, about, told)).failures).toEqual([]);
    expect(told.said).toEqual(["warn what is there stays as it is, and another one could not be made: turn it on"]);
    const another = (what: Value) => ({ ...needing({ value: "off", about: what }), made: true });
    expect(await check(about, another("ami-2 in subnet-1"))).toHaveLength(1);
    expect(await check(about, another(unknownValue))).toEqual([]);
  });

  test("is refused before it is made, and nothing is said of it once it was wanted, for that is not known to be there", async () => {
    const about = needing({ value: "off", about: "ami-1" });
    expect(await check(undefined, about)).toHaveLength(1);
    const told = call();
    expect((await allowed.check(about, about, told)).failures).toEqual([]);
    expect(told.said).toEqual([]);
    expect(await check(undefined, { ...about, made: true })).toEqual([]);
  });

  test("is needed anew where what is there gives up what only another one is without", async () => {
    const before = needing({ value: "off", about: "ami-1", lasting: "IPv6" });
    expect(await check(before, before)).toEqual([]);
    expect(await check(before, needing({ value: "off", about: "ami-1" }))).toHaveLength(1);
    expect(await check(needing({ value: "off", about: "ami-1" }), before)).toEqual([]);
  });

  test("is refused together with what may not change, so that neither is noted without the other", async () => {
    const zone = (value: Value): Properties => ({ keeps: { zone: { value, reason: "the disk is there" } } });
    const before = { ...needing({ about: "in a" }), ...zone("a") };
    expect(await check(before, { ...needing({ about: "in b" }), ...zone("b") })).toEqual([
      { property: "keeps.zone", reason: "is a, and cannot become b: the disk is there" },
    ]);
    expect(await check(before, { ...needing({ about: unknownValue }), ...zone(unknownValue) })).toEqual([]);
    expect(await check(before, { ...needing({ value: "off", about: "in b" }), ...zone("b") })).toHaveLength(2);
    expect(await check(before, needing({ about: "in b" }))).toEqual([]);
    const state = { inputs: before, ...(await allowed.create(before, call())) };
    const news = { ...before, ...needing({ about: "in a, another" }) };
    expect(linesOf(await allowed.diff(state, news, call()))).toEqual(["update needs.power.about"]);
  });

  test("is nothing to be done about where it is one of those", async () => {
    const state = { inputs: needing(), ...(await allowed.create(needing(), call())) };
    const news = needing({ value: "new", allowed: ["new"], reason: "another" });
    expect(linesOf(await allowed.diff(state, news, call()))).toEqual([]);
  });
});

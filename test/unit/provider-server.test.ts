import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import * as z from "zod";
import { deferred } from "../../modules/base/deferred.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { defineResource } from "../../modules/provider/kit/define.ts";
import { InitFailed } from "../../modules/provider/kit/errors.ts";
import type { Call } from "../../modules/provider/kit/resource.ts";
import { unknownValue, type Path, type Properties } from "../../modules/provider/kit/values.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { connectWire, savedState, urnOf, valuesOf, wireOf, type Wire } from "../support/provider/wire.ts";

const noteInputs = z.strictObject({
  title: z.string().min(1),
  kind: z.enum(["plain", "rich"]).optional(),
  size: z.number().optional(),
  tags: z.record(z.string(), z.string()).optional(),
  key: z.string().optional(),
});
const noteOutputs = noteInputs.extend({ text: z.string(), token: z.string() });

/** What the next create does; default: makes a note. */
let create: (call: Call) => Promise<void>;
let made: string[];

const minute = 60_000;
const note = defineResource({
  type: "notes:index:Note",
  inputs: noteInputs,
  outputs: noteOutputs,
  secrets: [["token"]],
  deadlines: { create: minute, read: minute, update: minute, delete: minute },
  deleteBeforeReplace: true,
  matters: ({ path }) => path[0] !== "size",
  replaces: ({ path }) => path[0] === "kind",
  async create(inputs, call) {
    await create(call);
    made.push(inputs.title);
    return { id: inputs.title, outputs: { ...inputs, text: inputs.title.toUpperCase(), token: "t" } };
  },
  async read(state) {
    if (!made.includes(state.id)) return undefined;
    const inputs = { ...state.inputs, title: state.id };
    return { inputs, outputs: { ...inputs, text: "read", token: "t" } };
  },
  async update(_state, inputs) {
    return { ...inputs, text: "updated", token: "t" };
  },
  async delete(state) {
    made = made.filter((title) => title !== state.id);
  },
});

const urn = urnOf("notes:index:Note", "first");
let wire: Wire;

beforeEach(async () => {
  made = [];
  create = async () => undefined;
  wire = await connectWire({
    name: "notes",
    version: "1.2.3",
    resources: [note],
    functions: { "notes:index:count": async () => ({ count: made.length }) },
  });
});
afterEach(async () => {
  await wire[Symbol.asyncDispose]();
});

function createRequest(
  inputs: Properties,
  more: { preview?: boolean; timeout?: number; secrets?: Path[] } = {},
): object {
  const request = new provider.CreateRequest();
  request.setUrn(urn);
  request.setProperties(wireOf(inputs, more.secrets));
  request.setPreview(more.preview ?? false);
  request.setTimeout(more.timeout ?? 0);
  return request;
}
const sendCreate = (...args: Parameters<typeof createRequest>): Promise<provider.CreateResponse> =>
  wire.call("create", createRequest(...args));

function sendDiff(oldInputs: Properties, news: Properties): Promise<provider.DiffResponse> {
  const request = new provider.DiffRequest();
  request.setUrn(urn);
  request.setId("first");
  request.setOldInputs(wireOf(oldInputs));
  request.setOlds(wireOf(oldInputs));
  request.setNews(wireOf(news));
  return wire.call("diff", request);
}

async function sendCheck(news: Properties, secrets: Path[] = []): Promise<provider.CheckResponse> {
  const request = new provider.CheckRequest();
  request.setUrn(urn);
  request.setNews(wireOf(news, secrets));
  return wire.call("check", request);
}
const failuresOf = (reply: provider.CheckResponse): string[] =>
  reply.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`);

describe("starting", () => {
  test("the handshake and the configuration take secrets and previews", async () => {
    const handshake: provider.ProviderHandshakeResponse = await wire.call(
      "handshake",
      new provider.ProviderHandshakeRequest(),
    );
    expect(handshake.toObject()).toMatchObject({ acceptSecrets: true, acceptResources: true });
    const configured: provider.ConfigureResponse = await wire.call("configure", new provider.ConfigureRequest());
    expect(configured.toObject()).toMatchObject({ acceptsecrets: true, supportspreview: true });
  });

  test("a function gives its result", async () => {
    const request = new provider.InvokeRequest();
    request.setTok("notes:index:count");
    const reply: provider.InvokeResponse = await wire.call("invoke", request);
    expect(valuesOf(reply.getReturn()).values).toEqual({ count: 0 });
  });

  test("a resource that is not there is an error that names those that are", async () => {
    const request = new provider.CreateRequest();
    request.setUrn(urnOf("notes:index:Nope", "x"));
    await expect(wire.call("create", request)).rejects.toMatchObject({
      details: expect.stringMatching(/no resource notes:index:Nope\n {2}→ it has notes:index:Note/u),
    });
  });
});

describe("check", () => {
  test("names the argument and what is wrong with it", async () => {
    const failures = failuresOf(await sendCheck({ title: "", tags: { a: 1 } }));
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatch(/^title: /u);
    expect(failures[1]).toMatch(/^tags\.a: /u);
  });

  test("an argument that does not exist is refused by name", async () => {
    expect(failuresOf(await sendCheck({ title: "a", titel: "b" }))).toEqual(["titel: there is no such argument"]);
  });

  test("what is not known yet is not held against anyone", async () => {
    const reply = await sendCheck({ title: unknownValue, tags: { a: unknownValue } });
    expect(failuresOf(reply)).toEqual([]);
    expect(valuesOf(reply.getInputs()).values).toEqual({ title: unknownValue, tags: { a: unknownValue } });
  });

  test("secret arguments come back secret", async () => {
    expect(valuesOf((await sendCheck({ title: "a", key: "k" }, [["key"]])).getInputs()).secrets).toEqual([["key"]]);
  });
});

describe("diff", () => {
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  const { Kind } = provider.PropertyDiff;

  test("equal inputs are no change, and it says so", async () => {
    const reply = await sendDiff({ title: "a" }, { title: "a" });
    expect(reply.getChanges()).toBe(DIFF_NONE);
    expect(reply.getHasdetaileddiff()).toBe(true);
  });

  test("names the field that changed, to the leaf", async () => {
    const reply = await sendDiff({ title: "a", tags: { x: "1" } }, { title: "a", tags: { x: "2", y: "3" } });
    expect(reply.getChanges()).toBe(DIFF_SOME);
    expect(reply.getDiffsList()).toEqual(["tags"]);
    expect(reply.getReplacesList()).toEqual([]);
    const detailed = Object.fromEntries(
      reply
        .getDetaileddiffMap()
        .getEntryList()
        .map(([path, entry]) => [path, entry as unknown as provider.PropertyDiff.AsObject]),
    );
    expect(Object.keys(detailed).sort()).toEqual(["tags.x", "tags.y"]);
  });

  test("tells replace from update, old one first", async () => {
    const reply = await sendDiff({ title: "a", kind: "plain" }, { title: "b", kind: "rich" });
    expect(reply.getReplacesList()).toEqual(["kind"]);
    expect(reply.getDeletebeforereplace()).toBe(true);
    const map = reply.getDetaileddiffMap();
    expect(map.get("kind")?.getKind()).toBe(Kind.UPDATE_REPLACE);
    expect(map.get("title")?.getKind()).toBe(Kind.UPDATE);
    expect(map.get("title")?.getInputdiff()).toBe(true);
  });

  test("what does not matter is no change", async () => {
    expect((await sendDiff({ title: "a", size: 1 }, { title: "a", size: 2 })).getChanges()).toBe(DIFF_NONE);
  });
});

describe("create", () => {
  test("makes it and gives its outputs, secrets marked: its own, and what came in as one", async () => {
    const reply = await sendCreate({ title: "a", key: "k" }, { secrets: [["key"]] });
    expect(reply.getId()).toBe("a");
    expect(valuesOf(reply.getProperties())).toEqual({
      values: { title: "a", key: "k", text: "A", token: "t" },
      secrets: [["key"], ["token"]],
    });
  });

  test("a preview makes nothing and leaves out what is not known", async () => {
    const reply = await sendCreate({ title: "a", key: unknownValue }, { preview: true });
    expect(valuesOf(reply.getProperties()).values).toEqual({ title: "a" });
    expect(made).toEqual([]);
  });

  test("a thing that is half made is saved with its error, secrets marked", async () => {
    create = async () => {
      const cause = new StackhouseError("vm.unreachable", "no answer", { details: ["line 1"], hint: "look" });
      throw new InitFailed("half", { title: "a", token: "t" }, cause);
    };
    const error: unknown = await sendCreate({ title: "a" }).catch((thrown: unknown) => thrown);
    expect(savedState(error)).toEqual({
      id: "half",
      outputs: { values: { title: "a", token: "t" }, secrets: [["token"]] },
      reasons: ["no answer\n    line 1\n  → look"],
    });
  });

  test("an error is its message, its evidence and a hint; the end of long evidence is kept", async () => {
    create = async () => {
      const details = Array.from({ length: 100 }, (_, index) => `line ${index}`);
      throw new StackhouseError("app.unhealthy", "it is not well", { details });
    };
    const error = await sendCreate({ title: "a" }).catch((thrown: unknown) => thrown);
    const { details } = error as { details: string };
    expect(details.split("\n").length).toBeLessThanOrEqual(40);
    expect(details).toMatch(/^it is not well\n/u);
    expect(details).toMatch(/line 99$/u);
    expect(savedState(error)).toBeUndefined();
  });

  test("ends at the program's own timeout and says how far it was", async () => {
    create = async (call) => {
      call.progress.status("waiting for paper 1 s");
      await systemClock.sleep(minute, call.signal);
    };
    await expect(sendCreate({ title: "a" }, { timeout: 0.2 })).rejects.toMatchObject({
      details:
        "create did not finish within 0 s\n    it was at: waiting for paper 1 s\n" +
        "  → up goes on from here; customTimeouts of the resource give it longer",
    });
  });
});

describe("read", () => {
  const read = (id: string): Promise<provider.ReadResponse> => {
    const request = new provider.ReadRequest();
    request.setUrn(urn);
    request.setId(id);
    request.setInputs(wireOf({ title: id, key: "k" }, [["key"]]));
    return wire.call("read", request);
  };

  test("gives inputs too, secrets marked as they were", async () => {
    await sendCreate({ title: "a" });
    const reply = await read("a");
    expect(valuesOf(reply.getInputs())).toEqual({ values: { title: "a", key: "k" }, secrets: [["key"]] });
    expect(valuesOf(reply.getProperties()).secrets).toEqual([["key"], ["token"]]);
  });

  test("what is gone has no id", async () => {
    expect((await read("never")).getId()).toBe("");
  });
});

describe("cancel", () => {
  const cancel = (): Promise<empty.Empty> => wire.call("cancel", new empty.Empty());

  test("ends what runs, with the reason; the provider works on", async () => {
    const started = deferred<undefined>();
    create = async (call) => {
      started.resolve(undefined);
      await systemClock.sleep(minute, call.signal);
    };
    const running = sendCreate({ title: "a" });
    await started.promise;
    await cancel();
    await expect(running).rejects.toMatchObject({ details: expect.stringMatching(/^cancelled\n {2}→ /u) });
    create = async () => undefined;
    expect((await sendCreate({ title: "b" })).getId()).toBe("b");
  });

  test("may come any number of times, with nothing to cancel", async () => {
    await cancel();
    await cancel();
    expect((await sendCreate({ title: "a" })).getId()).toBe("a");
  });
});

describe("progress", () => {
  test("is on the row of its resource: the status passing, the rest kept, all of it before the reply", async () => {
    create = async ({ progress }) => {
      progress.status("cutting paper");
      progress.info("took the last sheet");
      progress.warn("buy paper");
    };
    await sendCreate({ title: "a" });
    expect(wire.log).toEqual([
      { urn, message: "cutting paper", severity: "info", ephemeral: true },
      { urn, message: "took the last sheet", severity: "info", ephemeral: false },
      { urn, message: "buy paper", severity: "warning", ephemeral: false },
    ]);
  });

  test("a status that changes all the time reaches the engine a few times a second, the newest last", async () => {
    create = async ({ progress }) => {
      for (let index = 0; index < 200; index++) progress.status(`sheet ${index}`);
      await systemClock.sleep(400);
    };
    await sendCreate({ title: "a" });
    expect(wire.log.map(({ message }) => message)).toEqual(["sheet 0", "sheet 199"]);
  });
});

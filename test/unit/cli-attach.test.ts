import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "@jest/globals";
import { deferred } from "../../modules/base/deferred.ts";
import { attach, type RemoteCommand } from "../../modules/cli/terminal/attach.ts";
import type { CliIo } from "../../modules/cli/io.ts";

interface World {
  readonly io: CliIo & { readonly stdout: PassThrough; readonly stderr: PassThrough };
  readonly output: { readonly stdout: PassThrough; readonly stderr: PassThrough };
  /** Attaches to a command that ends as this says. */
  readonly attached: (exited: Promise<number>) => Promise<number>;
}

function world(): World {
  const io = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), env: {}, cwd: "/" };
  const output = { stdout: new PassThrough(), stderr: new PassThrough() };
  const remote: Omit<RemoteCommand, "exited"> = { stdin: new PassThrough(), ...output, resize: () => undefined };
  return { io, output, attached: (exited) => attach(io, { ...remote, exited }, "pipes") };
}

describe("a command that is attached to", () => {
  it("gives its exit code when all of its output was passed on", async () => {
    const { io, output, attached } = world();
    const code = attached(Promise.resolve(3));
    output.stdout.end("out");
    output.stderr.end("err");
    expect(await code).toBe(3);
    expect([io.stdout.end().read(), io.stderr.end().read()].map(String)).toEqual(["out", "err"]);
  });

  it.each([
    ["without a word", undefined, "Premature close"],
    ["with its reason", new Error("the host is gone"), "the host is gone"],
  ])("fails where its output is cut off %s", async (_, reason, says) => {
    const { output, attached } = world();
    output.stdout.destroy(reason);
    output.stderr.end();
    await expect(attached(Promise.resolve(0))).rejects.toThrow(says);
  });

  it("says how it went itself where its output breaks before that", async () => {
    const { output, attached } = world();
    const { promise, reject } = deferred<number>();
    const code = attached(promise);
    output.stdout.destroy(new Error("broken"));
    await new Promise((resolve) => setImmediate(resolve));
    reject(new Error("the connection was lost"));
    await expect(code).rejects.toThrow("the connection was lost");
  });

  it("ends also where nobody takes its output any more", async () => {
    const { io, output, attached } = world();
    io.stdout.on("error", () => undefined).destroy(new Error("EPIPE"));
    const code = attached(Promise.resolve(0));
    output.stdout.end("out");
    output.stderr.end();
    expect(await code).toBe(0);
    expect(await text(io.stderr.end())).toBe("");
  });
});

import { randomBytes } from "node:crypto";
import { StackhouseError } from "../../../base/errors.ts";
import { connectIn, linesOf } from "../program/folder-socket.ts";

/** Socket of the guest's porter, in the VM's folder. */
export const porterSocket = "porter.sock";

/**
 * A conversation with the process of ours in the guest that waits in every template
 * (`templates/guest/rootfs/opt/stackhouse/lib/porter`). It answers a line with a line, and what it says to somebody before is not taken
 * for an answer. Hold the VM's lock while it is open.
 */
export interface Porter extends AsyncDisposable {
  /** What the guest is: `template` has no identity yet. Answers when its container engine is up. */
  hello(): Promise<"template" | "identified">;
  /** Gives a template's clone its identity; done when it has it, and what waited for it starts. */
  identify(document: string): Promise<void>;
  /**
   * Tells the guest that its disks have changed; done when they are mounted and their file systems have grown. It names each data disk
   * as soon as that is so of it, and may be silent for `answerMs` in between. `unknown`: it is of an image that knows no data disks.
   */
  useDisks(document: string, inUse: (name: string) => Promise<void>): Promise<"done" | "unknown">;
  /** Seconds that the guest has run, as its own clock counts them. `unknown`: it is of an image that does not tell. */
  uptime(): Promise<number | "unknown">;
  /** Sets the guest's clock, milliseconds since 1970: right but for the way there, some milliseconds. */
  setClock(time: number): Promise<void>;
}

export interface PorterOptions {
  /** Longest wait for an answer, milliseconds. */
  readonly answerMs: number;
  readonly signal: AbortSignal;
}

/** @throws `vm.unreachable` where the guest does not answer in time, or says that it cannot do what it was asked */
export async function openPorter(folder: string, { answerMs, signal }: PorterOptions): Promise<Porter> {
  const socket = await connectIn(
    { folder, name: porterSocket, peer: "the guest's porter", silenceMs: answerMs },
    signal,
  );
  const lines = linesOf(socket);
  const nonce = randomBytes(16).toString("hex");
  // What somebody before began to say is no part of what is said now. A guest of an older image does not know the word.
  socket.write(`\nfor ${nonce}\n`);
  const next = async (): Promise<IteratorResult<string, undefined>> => {
    try {
      return await lines.next();
    } catch (error) {
      // A socket that is aborted does not say why.
      signal.throwIfAborted();
      throw error;
    }
  };
  const ask = (request: string): Promise<string> => {
    socket.write(request);
    return hear();
  };
  const hear = async (): Promise<string> => {
    for (;;) {
      const said = await next();
      if (said.done === true) throw unreachable("the VM ended");
      const { to, text } = addressed(said.value);
      if (to !== undefined && to !== nonce) continue;
      if (text.startsWith("failed ")) throw unreachable(text.slice("failed ".length));
      return text;
    }
  };
  const expect = async (request: string, expected: string): Promise<void> => {
    const answer = await ask(request);
    if (answer !== expected) throw unreachable(`it answers ${answer} where ${expected} was expected`);
  };
  return {
    async hello() {
      const answer = await ask("hello\n");
      if (answer === "template" || answer === "identified") return answer;
      throw unreachable(`it calls itself ${answer}`);
    },
    identify: (document) => expect(document, "identified"),
    async useDisks(document, inUse) {
      // A guest of an older image says nothing to a document that it does not know: the answer that comes is to the greeting.
      let answer = await ask(`${document}hello\n`);
      for (; answer.startsWith("disk "); answer = await hear()) await inUse(answer.slice("disk ".length));
      if (answer === "identified") return "unknown";
      if (answer !== "settled") throw unreachable(`it answers ${answer} where settled was expected`);
      await hear();
      return "done";
    },
    async uptime() {
      // A guest of an older image says nothing to a word that it does not know: the answer that comes is to the greeting.
      const answer = await ask("uptime\nhello\n");
      if (answer === "template" || answer === "identified") return "unknown";
      await hear();
      const seconds = /^up (\d+(?:\.\d+)?)$/u.exec(answer)?.[1];
      if (seconds === undefined) throw unreachable(`it answers ${answer} where its uptime was expected`);
      return Number(seconds);
    },
    setClock: (time) => expect(`clock ${(time / 1000).toFixed(3)}\n`, "set"),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await lines.return(undefined).catch(() => undefined);
    },
  };
}

/**
 * A guest that was busy, or stood still, gets only now to what somebody before has asked who did not wait: so an answer says whom it is
 * for. One of an older image does not.
 */
function addressed(line: string): { readonly to?: string | undefined; readonly text: string } {
  const [, to, text = line] = /^([0-9a-f]{32}) (.*)$/u.exec(line) ?? [];
  return { to, text };
}

function unreachable(reason: string): StackhouseError {
  return new StackhouseError("vm.unreachable", `the guest's porter cannot be served: ${reason}`);
}

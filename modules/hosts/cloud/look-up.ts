import * as pulumi from "@pulumi/pulumi";

/**
 * A cloud did not say what a host has to know. Whoever waits for the answer fails with this same error, and all that serializes it
 * puts the name of its property before the message: a person is to read the message alone, once, at the host.
 */
class NotAnswered extends pulumi.ResourceError {
  constructor(message: string, host: pulumi.Resource) {
    super(message, host, true);
    this.stack = message;
    Object.defineProperty(this, "message", { get: () => message, set: () => undefined });
  }
}

/** What is asked of a cloud. */
export interface LookUp {
  /** As in `the subnet subnet-1 in eu-central-1`. Asked for where there is no answer. */
  readonly what: () => Promise<string>;
  /** What to do where there is none: the end of a sentence. */
  readonly hint: string;
}

/** What a cloud said, or one line that says what was looked up, why it was not found, and what to do. */
export type Answered<T> = { readonly answer: T } | { readonly unanswered: string };

/** For a program that can go on without an answer. */
export async function tryLookUp<T>({ what, hint }: LookUp, answer: Promise<T>): Promise<Answered<T>> {
  try {
    return { answer: await answer };
  } catch (error) {
    // The engine has ended the run and hangs up on the program, which is nothing of the cloud's: the SDK tells nobody of it.
    if (error instanceof Error && pulumi.isGrpcError(error)) throw error;
    return { unanswered: `could not look up ${await what()}: ${reasonIn(error)}; ${hint}` };
  }
}

/** For one that cannot: the answer, or an error of the host. */
export async function lookUp<T>(host: pulumi.Resource, asked: LookUp, answer: Promise<T>): Promise<T> {
  const answered = await tryLookUp(asked, answer);
  if ("unanswered" in answered) throw new NotAnswered(answered.unanswered, host);
  return answered.answer;
}

/**
 * What a provider says, without what it and the engine put around that: the function's name, how many errors there were, advice over many
 * lines that begins after an empty one.
 */
function reasonIn(error: unknown): string {
  const [first = ""] = String(error instanceof Error ? error.message : error).split(/\n\s*\n/u, 1);
  return first
    .replaceAll(/(?:^|\s)(?:invocation of|invoking) \S+(?: returned an error)?:/gu, " ")
    .replaceAll(/\d+ errors? occurred:/gu, " ")
    .replaceAll(/\s*\n[\s*•]*/gu, " ")
    .replaceAll(/\s+/gu, " ")
    .trim()
    .replace(/^\* /u, "")
    .replace(/[.:;]$/u, "");
}

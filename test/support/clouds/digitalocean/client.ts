import * as z from "zod";
import { waitUntil, type Attempt } from "../../../../modules/base/wait.ts";
import type { Call, Deadlines } from "../../../../modules/provider/kit/resource.ts";
import { systemClock } from "../../../../modules/system/clock.ts";

/** An account at DigitalOcean, or at its double. */
export interface Account {
  readonly url: string;
  readonly token: string;
}

interface Wish {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly body?: unknown;
}

const minutes = 60_000;
export const deadlines: Deadlines = {
  create: 5 * minutes,
  read: 2 * minutes,
  update: 5 * minutes,
  delete: 5 * minutes,
};

const error = z.object({ message: z.string() }).catch({ message: "" });
const action = z.object({ action: z.object({ id: z.number(), status: z.string() }) });

/**
 * One request, and its answer by its schema; undefined where there is no such thing. One that is turned away, for there were too many
 * or the server is in trouble, is made again, as the real provider does.
 */
export async function ask<S extends z.ZodType>(
  { url, token }: Account,
  path: string,
  { answer, method = "GET", body }: Wish & { readonly answer: S },
  call: Pick<Call, "signal" | "progress" | "deadlineMs">,
): Promise<z.infer<S> | undefined> {
  const attempt = async (): Promise<Attempt<z.infer<S> | undefined>> => {
    const reply = await fetch(`${url}/v2/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      signal: call.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (reply.status === 404) return { done: true, value: undefined };
    if (reply.status === 204) return { done: true, value: answer.parse({}) };
    const content: unknown = await reply.json();
    if (reply.ok) return { done: true, value: answer.parse(content) };
    const reason = `${reply.status} ${error.parse(content).message}`;
    if (reply.status === 429 || reply.status >= 500) return { done: false, reason };
    throw new Error(`${method} ${path}: ${reason}`);
  };
  return settled("DigitalOcean's API", attempt, call);
}

/** The same of what must be there. */
export async function must<S extends z.ZodType>(
  account: Account,
  path: string,
  wish: Wish & { readonly answer: S },
  call: Pick<Call, "signal" | "progress" | "deadlineMs">,
): Promise<z.infer<S>> {
  const found = await ask(account, path, wish, call);
  if (found === undefined) throw new Error(`${wish.method ?? "GET"} ${path}: there is no such thing`);
  return found;
}

/** Asks a thing for something that takes a while, and waits until it is done. Nothing happens where the thing is gone. */
export async function act(account: Account, path: string, body: unknown, call: Call): Promise<void> {
  const started = await ask(account, `${path}/actions`, { method: "POST", body, answer: action }, call);
  if (started === undefined) return;
  await settled(
    `${path} to ${JSON.stringify(body)}`,
    async () => {
      const { status } = (await must(account, `actions/${started.action.id}`, { answer: action }, call)).action;
      return status === "completed" ? { done: true, value: undefined } : { done: false, reason: status };
    },
    call,
  );
}

export async function remove(account: Account, path: string, call: Call): Promise<void> {
  await ask(account, path, { method: "DELETE", answer: z.object({}) }, call);
}

/** A thing that has tags, as the API names it. */
interface Tagged {
  readonly type: "droplet" | "volume";
  readonly id: string;
}

/** A tag is a thing of its own there, which others are put to and taken from. */
export async function retag(
  account: Account,
  { type, id }: Tagged,
  { before = [], after }: { readonly before: readonly string[] | undefined; readonly after: readonly string[] },
  call: Call,
): Promise<void> {
  const answer = z.unknown();
  const resources = { resources: [{ resource_id: id, resource_type: type }] };
  for (const name of before.filter((one) => !after.includes(one))) {
    await ask(account, `tags/${name}/resources`, { method: "DELETE", body: resources, answer }, call);
  }
  for (const name of after.filter((one) => !before.includes(one))) {
    await must(account, "tags", { method: "POST", body: { name }, answer }, call);
    await must(account, `tags/${name}/resources`, { method: "POST", body: resources, answer }, call);
  }
}

/** Waits for a state of the cloud: the last word is shown meanwhile. */
export function settled<T>(
  what: string,
  look: () => Promise<Attempt<T>>,
  { signal, progress, deadlineMs }: Pick<Call, "signal" | "progress" | "deadlineMs">,
): Promise<T> {
  return waitUntil(look, { what, signal, progress, deadlineMs, clock: systemClock, intervalMs: 100 });
}

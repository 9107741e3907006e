import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  EC2ServiceException,
  StopInstancesCommand,
  type EC2Client,
  type Instance,
  type InstanceStateName,
  type ResourceType,
  type Tag,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import { waitUntil, type Attempt } from "../../../../modules/base/wait.ts";
import type { Call, Deadlines } from "../../../../modules/provider/kit/resource.ts";
import type { Properties } from "../../../../modules/provider/kit/values.ts";
import { systemClock } from "../../../../modules/system/clock.ts";

/** What the provider works with. */
export interface Account {
  readonly client: EC2Client;
  readonly region: string;
}

const minutes = 60_000;
export const deadlines: Deadlines = {
  create: 5 * minutes,
  read: 2 * minutes,
  update: 5 * minutes,
  delete: 5 * minutes,
};

export const tags = z.record(z.string(), z.string()).optional();
type Tags = z.infer<typeof tags>;

/** Tags of a thing that is being made. */
export function tagged(type: ResourceType, given: Tags): { TagSpecifications?: TagSpecification[] } {
  const list = tagList(given);
  return list.length === 0 ? {} : { TagSpecifications: [{ ResourceType: type, Tags: list }] };
}

export function tagsOf(list: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

export async function retag({ client }: Account, id: string, before: Tags, after: Tags): Promise<void> {
  const gone = Object.keys(before ?? {}).filter((key) => !(key in (after ?? {})));
  if (gone.length > 0)
    await client.send(new DeleteTagsCommand({ Resources: [id], Tags: gone.map((Key) => ({ Key })) }));
  const list = tagList(after);
  if (list.length > 0) await client.send(new CreateTagsCommand({ Resources: [id], Tags: list }));
}

function tagList(given: Tags): Tag[] {
  return Object.entries(given ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

/** What an update leaves as it is stays known in a preview, as with the real provider. */
export function stillKnown({ outputs }: { readonly outputs: object }, inputs: Properties): Properties {
  return { ...(outputs as Properties), ...inputs };
}

/** The answer, or undefined where the cloud knows no such thing. */
export async function unlessGone<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    // `InvalidInstanceID.NotFound`, and `InvalidSecurityGroupRuleId.NotFound` alike.
    if (error instanceof EC2ServiceException && error.name.endsWith(".NotFound")) return undefined;
    throw error;
  }
}

/** Waits for a state of the cloud: the last word is shown meanwhile. */
export async function settled<T>(what: string, look: () => Promise<Attempt<T>>, call: Call): Promise<T> {
  const { signal, progress, deadlineMs } = call;
  return waitUntil(look, { what, signal, progress, deadlineMs, clock: systemClock, intervalMs: 500 });
}

/** The first of an answer that has one by contract. */
export function only<T>(list: readonly T[] | undefined, what: string): T {
  const [first] = list ?? [];
  if (first === undefined) throw new Error(`EC2 gave no ${what}`);
  return first;
}

export async function instanceAt({ client }: Pick<Account, "client">, id: string): Promise<Instance | undefined> {
  const answer = await unlessGone(client.send(new DescribeInstancesCommand({ InstanceIds: [id] })));
  return answer?.Reservations?.[0]?.Instances?.[0];
}

/** Waits until an instance is as wanted. One that is not there any more is terminated. */
export function instanceIn(
  account: Account,
  id: string,
  wanted: InstanceStateName,
  call: Call,
): Promise<Instance | undefined> {
  return settled(
    `the instance to be ${wanted}`,
    async () => {
      const found = await instanceAt(account, id);
      const state = found?.State?.Name ?? "terminated";
      return state === wanted ? { done: true, value: found } : { done: false, reason: state };
    },
    call,
  );
}

/**
 * Stops an instance as EC2 does: moto stops spot instances and those that were terminated too.
 * Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, of `IncorrectInstanceState` and `UnsupportedOperation`.
 */
export async function stopInstance(account: Account, id: string, call: Call): Promise<void> {
  const found = await instanceAt(account, id);
  if (found?.InstanceLifecycle === "spot") {
    throw new Error(
      `UnsupportedOperation: ${id} is associated with a one-time Spot Instance request: it cannot be stopped`,
    );
  }
  if (["terminated", "shutting-down", undefined].includes(found?.State?.Name)) {
    throw new Error(`IncorrectInstanceState: ${id} is not in a state from which it can be stopped`);
  }
  await account.client.send(new StopInstancesCommand({ InstanceIds: [id] }));
  await instanceIn(account, id, "stopped", call);
}

import type { StackhouseError } from "../base/errors.ts";
import { unreachable } from "./dial.ts";
import { runCommand } from "./exec.ts";
import type { Link } from "./link.ts";

/**
 * What is wrong with the machine of a cloud behind a link, if anything: a machine has the host key of the one that it replaces, and gets its
 * address while that may still answer there. cloud-init has written down which machine it is before there is a host key of the program's.
 * What names it in another form, or does not name it, may be it.
 * Source: "instance-id" of cloud-init's documentation, /var/lib/cloud/data/instance-id.
 */
export async function strangerBehind(link: Link, signal: AbortSignal): Promise<StackhouseError | undefined> {
  const { connection } = link;
  const { machineId } = connection;
  if (machineId === undefined) return undefined;
  const { stdout } = await runCommand(link, ["cat", instanceId], { signal, deadlineMs: lookMs });
  const found = stdout.trim();
  const form = forms.find((one) => one.test(machineId));
  if (found === machineId || form?.test(found) !== true) return undefined;
  return unreachable(connection, `${found} answers there, and not yet ${machineId}`);
}

const instanceId = "/var/lib/cloud/data/instance-id";
const lookMs = 20_000;
/** Of EC2's instances, and of droplets. */
const forms = [/^i-[0-9a-f]+$/, /^\d+$/];

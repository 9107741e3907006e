import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { withDeadline } from "../../../base/deadline.ts";
import { isStackhouseError, StackhouseError } from "../../../base/errors.ts";
import { acquireLock } from "../../../system/lock.ts";
import type { DriverCall } from "../../driver.ts";
import { connectIn } from "../program/folder-socket.ts";
import type { VmFolder } from "../folder.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";

/** Socket of the port that leads to the host agent, in the VM's folder. */
export const agentSocket = "agent.sock";

/** From the greeting until the agent takes the connection. Measured: 6 s after a clone began, emulated, while the agent starts. */
const greetingMs = 10_000;
/** Enough to take over the lock of a process that died. */
const lockMs = 300;
const longestAnswer = 64;

/**
 * A connection through the guest's `agent-port` (`templates/guest/rootfs/opt/stackhouse/lib/agent-port`) to the host agent;
 * undefined where none comes about. QEMU serves one client of a port at a time and lets others wait without a word, so
 * a lock stands before it.
 */
export async function openAgentPort(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<Socket | undefined> {
  if ((await findProcess(folder)).state !== "running") return undefined;
  const lock = await lockUnlessTaken(folder, ports, call);
  if (lock === undefined) return undefined;
  // One that cannot be released is taken over when this process has ended.
  const release = (): void => void Promise.resolve(lock[Symbol.asyncDispose]()).catch(() => undefined);
  try {
    const bounds = { clock: ports.clock, signal: call.signal, deadlineMs: greetingMs };
    const socket = await withDeadline(bounds, silent, (signal) => greet(folder, signal));
    if (socket === undefined || socket.closed) release();
    else socket.once("close", release);
    return socket;
  } catch {
    // Whatever kept it from answering: there is SSH, which says more.
    release();
    call.signal.throwIfAborted();
    return undefined;
  }
}

const silent = (): StackhouseError => new StackhouseError("deadline", "nobody answers at the port of the host agent");

async function lockUnlessTaken(
  folder: VmFolder,
  { clock }: QemuPorts,
  call: DriverCall,
): Promise<AsyncDisposable | undefined> {
  try {
    return await acquireLock(folder.agentPortLock, {
      ...call,
      clock,
      purpose: "talking to the host agent",
      deadlineMs: lockMs,
    });
  } catch (error) {
    if (isStackhouseError(error, "lock.held")) return undefined;
    throw error;
  }
}

/** Skips what the guest had to say to somebody before. */
async function greet(folder: VmFolder, signal: AbortSignal): Promise<Socket | undefined> {
  const nonce = randomBytes(16).toString("hex");
  // The connection outlives the call that opened it.
  const given = new AbortController();
  const giveUp = (): void => given.abort(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  const peer = { folder: folder.path, name: agentSocket, peer: "the guest's port of the host agent" };
  const socket = await connectIn({ ...peer, silenceMs: greetingMs }, given.signal);
  try {
    socket.write(`stackhouse-agent ${nonce}\n`);
    let heard = Buffer.alloc(0);
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      heard = Buffer.concat([heard, chunk as Buffer]);
      const answer = heard.indexOf(` ${nonce}\n`);
      if (answer < 0) {
        heard = heard.subarray(-longestAnswer);
        continue;
      }
      if (!heard.subarray(0, answer).toString("latin1").endsWith("stackhouse-agent")) break;
      socket.setTimeout(0);
      socket.unshift(heard.subarray(answer + nonce.length + 2));
      return socket;
    }
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
  socket.destroy();
  return undefined;
}

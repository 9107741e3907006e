import { connect, isIP, Socket, type LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import ssh2 from "ssh2";
import { StackhouseError, messageOf } from "../base/errors.ts";
import { wayBackTo, type HostConnection } from "../protocol/host.ts";
import { algorithmsFor } from "./algorithms.ts";
import { fingerprintOf, fingerprintOfBlob, parsePrivateKey, publicKeyBlob, publicKeyOf } from "./keys.ts";
import { KeyAgent } from "./key-agent.ts";
import { nameOf } from "./names.ts";
import type { DialPhase } from "./types.ts";

/** What a connection goes through: a socket, or a channel of a jump host. Disposed when the connection is over, maybe twice. */
export interface Way extends Disposable {
  readonly stream: Duplex;
}

export interface Dial {
  readonly connection: HostConnection;
  readonly signal: AbortSignal;
  /** Socket of the workstation's SSH agent, used where the connection holds no key. */
  readonly agentSocket: string | undefined;
  /** Pause between probes of a silent host, milliseconds; after four without an answer the connection is lost. */
  readonly keepaliveMs: number;
  /** Opens the way to the host; called once. */
  readonly open: () => Promise<Way>;
  readonly onPhase: (phase: DialPhase) => void;
}

/** An authenticated connection and what is below it. */
export interface Dialled {
  readonly client: ssh2.Client;
  readonly socket: Duplex;
}

/** The way to a host that can be reached itself. */
export function straight({ address, port }: HostConnection, lookup: LookupFunction | undefined): Way {
  const stream = connect({ host: address, port, noDelay: true, ...(lookup === undefined ? {} : { lookup }) });
  return { stream, [Symbol.dispose]: () => undefined };
}

/**
 * Connects, checks the host key against the pinned one and authenticates. The way is opened only when all that is asked for is there:
 * nobody would hear its errors before.
 */
export async function dial(request: Dial): Promise<Dialled> {
  const { connection, signal, onPhase } = request;
  const pinned = publicKeyBlob(connection.hostKey);
  const credentials = credentialsOf(request);
  signal.throwIfAborted();

  let phase = firstPhaseOf(connection);
  let refusedKey: Uint8Array | undefined;
  const enter = (next: DialPhase): void => {
    phase = next;
    onPhase(next);
  };
  const client = new ssh2.Client();
  const way = await request.open();
  const socket = way.stream;
  client.once("close", () => way[Symbol.dispose]());
  if (socket instanceof Socket) {
    socket.once("lookup", (error: Error | null) => {
      if (error === null) enter("TCP connection");
    });
    socket.once("connect", () => enter("SSH banner"));
  } else enter("SSH banner"); // A channel is connected from the start.
  socket.once("data", () => enter("key exchange"));
  client.once("handshake", () => enter("authentication"));

  return new Promise<Dialled>((resolve, reject) => {
    const settle = (): void => signal.removeEventListener("abort", onAbort);
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      way[Symbol.dispose]();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) {
      onAbort();
      return;
    }
    client.once("ready", () => {
      settle();
      resolve({ client, socket });
    });
    client.on("error", (error) => {
      if (refusedKey !== undefined) fail(hostKeyMismatch(connection, refusedKey));
      else if (isRefusal(error, phase)) fail(credentials.refused(error));
      else if (!isKeyAgentTrouble(error)) fail(unreachable(connection, reasonOf(error, phase)));
    });
    client.once("close", () => fail(unreachable(connection, closedBefore(phase))));
    const settings: ssh2.ConnectConfig = {
      sock: socket,
      username: connection.user,
      readyTimeout: 0, // The caller's signal carries the deadline.
      keepaliveInterval: request.keepaliveMs,
      keepaliveCountMax: 4,
      strictVendor: false,
      algorithms: algorithmsFor(pinned.type),
      hostVerifier: (key: Buffer) => {
        if (key.equals(pinned.blob)) return true;
        refusedKey = key;
        return false;
      },
      authHandler: [credentials.method],
    };
    try {
      client.connect(settings);
    } catch (error) {
      fail(error as Error); // Settings that ssh2 does not take.
    }
  });
}

/** A name has to be looked up. */
export function firstPhaseOf({ address }: Pick<HostConnection, "address">): DialPhase {
  return isIP(address) === 0 ? "address" : "TCP connection";
}

interface Credentials {
  readonly method: ssh2.PublicKeyAuthMethod | ssh2.AgentAuthMethod;
  /** What is wrong where the host lets nobody in. */
  readonly refused: (cause: Error) => StackhouseError;
}

function credentialsOf({ connection, agentSocket }: Dial): Credentials {
  const username = connection.user;
  if (connection.privateKey !== undefined) {
    parsePrivateKey(connection.privateKey);
    const offered = `the key ${fingerprintOf(publicKeyOf(connection.privateKey))}`;
    return {
      method: { type: "publickey", username, key: connection.privateKey },
      refused: (cause) => authFailed(connection, offered, cause),
    };
  }
  if (agentSocket !== undefined) {
    const agent = new KeyAgent(agentSocket);
    return {
      method: { type: "agent", username, agent },
      refused: (cause) => agent.whyNoKey(connection) ?? authFailed(connection, "the keys of the SSH agent", cause),
    };
  }
  throw new StackhouseError("ssh.auth-failed", `there is no key to log in to ${nameOf(connection)}`, {
    hint: "give a private key, or load one into an SSH agent (SSH_AUTH_SOCK)",
  });
}

/** The cause holds the reason alone, for those who know which host they talk to. */
export function unreachable(
  connection: HostConnection,
  reason: string,
  hint: string = wayBackTo(connection),
): StackhouseError {
  return new StackhouseError("ssh.unreachable", `cannot reach ${nameOf(connection)} over SSH: ${reason}`, {
    hint,
    cause: new Error(reason),
  });
}

function hostKeyMismatch(connection: HostConnection, offered: Uint8Array): StackhouseError {
  return new StackhouseError(
    "ssh.host-key-mismatch",
    `${nameOf(connection)} shows another host key than the pinned one`,
    {
      details: [`pinned:  ${fingerprintOf(connection.hostKey)}`, `offered: ${fingerprintOfBlob(offered)}`],
      hint: "nothing was sent to it. Another machine answers at this address, or the host was reinstalled: find out which, and pin the new key only if it is yours",
    },
  );
}

function authFailed(connection: HostConnection, offered: string, cause: Error): StackhouseError {
  return new StackhouseError("ssh.auth-failed", `${nameOf(connection)} does not accept ${offered}`, {
    hint: `its public half must be in ~/.ssh/authorized_keys of the user ${connection.user}`,
    cause,
  });
}

/** What ssh2 adds to its errors: where in the protocol one arose; a numeric code is the server's reason to disconnect. */
interface Ssh2Error extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

function isRefusal(error: Ssh2Error, phase: DialPhase): boolean {
  if (error.level === "client-authentication") return true;
  return phase === "authentication" && typeof error.code === "number"; // As in "Too many authentication failures".
}

/** The SSH agent is not there or cannot sign: ssh2 goes on and ends with a refusal. */
function isKeyAgentTrouble(error: Ssh2Error): boolean {
  return error.level === "agent";
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
  ETIMEDOUT: "the host does not answer",
  ENOTFOUND: "the name has no address",
  EAI_AGAIN: "no name server answers",
};

function reasonOf(error: Ssh2Error, phase: DialPhase): string {
  const known = typeof error.code === "string" ? reasons[error.code] : undefined;
  if (known !== undefined) return known;
  const wasCut = error.code === "ECONNRESET" || error.code === "EPIPE" || phase === "SSH banner";
  return wasCut ? closedBefore(phase) : messageOf(error);
}

function closedBefore(phase: DialPhase): string {
  return `the connection was closed before the ${phase}`;
}

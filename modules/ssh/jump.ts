import type ssh2 from "ssh2";
import { isStackhouseError, messageOf, StackhouseError } from "../base/errors.ts";
import type { HostConnection } from "../protocol/host.ts";
import { unreachable } from "./dial.ts";
import { nameOf } from "./names.ts";
import type { Link } from "./link.ts";
import type { OpenWay, SharedLink } from "./shared-link.ts";

type BehindJumpHost = HostConnection & { readonly jump: NonNullable<HostConnection["jump"]> };

/** The way to a host through its jump host: a channel of the connection there, which `take` gives and the way holds. */
export function throughJumpHost(connection: BehindJumpHost, take: () => SharedLink): OpenWay {
  const jumpHost = nameOf(connection.jump);
  return async (signal, onPoint) => {
    const shared = take();
    let isHeld = true;
    const release = (): void => {
      if (isHeld) shared.release();
      isHeld = false;
    };
    try {
      const link = await shared.join(signal, ({ phase }) => onPoint({ phase, jumpHost }));
      onPoint({ phase: "TCP connection" });
      return { stream: await openChannel(link, connection, signal), [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw signal.aborted ? error : blamed(connection, error);
    }
  };
}

function openChannel(link: Link, { address, port }: BehindJumpHost, signal: AbortSignal): Promise<ssh2.Channel> {
  return link.openChannel<ssh2.Channel>(signal, (client, done) => {
    client.forwardOut("127.0.0.1", 0, address, port, done);
  });
}

/**
 * The error of a way that was not opened, as one of the host behind it. A jump host that is silent leaves that out of reach, as a network does. One
 * that shows another key or does not let us through says nothing of it: such an error has a code of its own.
 */
function blamed(connection: BehindJumpHost, error: unknown): Error {
  const jumpHost = `the jump host ${nameOf(connection.jump)}`;
  if (!isStackhouseError(error)) {
    return isForbidden(error)
      ? notThrough(connection, `${jumpHost} forwards no connection there`, { hint: allowForwarding, cause: error })
      : unreachable(connection, `${jumpHost} does not lead there: ${messageOf(error)}`);
  }
  const { code, message, details, hint } = error;
  if (code === "ssh.unreachable") {
    return unreachable(connection, `${jumpHost} cannot be reached: ${messageOf(error.cause)}`, checkJumpHost);
  }
  const isItsOwn = code === "ssh.host-key-mismatch" || code === "ssh.auth-failed";
  return isItsOwn ? notThrough(connection, message, { details, hint, cause: error }) : error;
}

interface Why {
  readonly details?: readonly string[];
  readonly hint: string | undefined;
  readonly cause: unknown;
}

function notThrough(connection: BehindJumpHost, what: string, why: Why): StackhouseError {
  return new StackhouseError("ssh.jump-host", `the way to ${nameOf(connection)} is closed: ${what}`, why);
}

const checkJumpHost = "check that the jump host is on, and its address, port and firewall";
const allowForwarding =
  "the jump host must allow it: AllowTcpForwarding, DisableForwarding and PermitOpen in its sshd_config, and the options of the key";

/** RFC 4254, section 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. Every other reason is about the host behind. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && "reason" in error && error.reason === 1;
}

import ssh2 from "ssh2";
import { messageOf, StackhouseError } from "../base/errors.ts";
import type { HostConnection } from "../protocol/host.ts";
import { nameOf } from "./names.ts";

type GetIdentities = ssh2.OpenSSHAgent["getIdentities"];

/** The workstation's SSH agent, which knows afterwards what it had to offer: ssh2 tells of an agent without a key what it tells of a host that refuses one. */
export class KeyAgent extends ssh2.OpenSSHAgent {
  readonly #socket: string;
  #answer: { readonly keys: number } | { readonly error: Error } | undefined;

  constructor(socket: string) {
    super(socket);
    this.#socket = socket;
  }

  override getIdentities(done: Parameters<GetIdentities>[0]): void {
    super.getIdentities((error, keys) => {
      this.#answer = error ? { error } : { keys: keys?.length ?? 0 };
      done(error, keys);
    });
  }

  /** Undefined where a key was offered. */
  whyNoKey(connection: HostConnection): StackhouseError | undefined {
    if (this.#answer === undefined || ("keys" in this.#answer && this.#answer.keys > 0)) return undefined;
    const [what, details] =
      "error" in this.#answer
        ? ["does not answer", [`${this.#socket}: ${messageOf(this.#answer.error)}`]]
        : ["holds no key", []];
    return new StackhouseError(
      "ssh.auth-failed",
      `the SSH agent ${what}, so none was offered to ${nameOf(connection)}`,
      {
        details,
        hint: "ssh-add -l says what it holds, SSH_AUTH_SOCK where it is; or give the file of a private key",
      },
    );
  }
}

import { StackhouseError } from "../base/errors.ts";
import type { HostConnection } from "../protocol/host.ts";
import type { Privilege, RightsProof } from "../ssh/types.ts";

/** Nobody's password. */
const begin = "stackhouse-begin";

/**
 * Passes over what `sudo` has not read: it asks for no password where its rules or a recent answer say so, and the line would
 * be taken for the command's own input. $0 the line that ends it, then the command.
 */
const skip = `while IFS= read -r line; do [ "$line" = "$0" ] && break; done; exec "$@"`;

/** What makes the user of a connection root. Undefined for root itself. A password goes through stdin, never into an argv. */
export function privilegeOf({ user, sudoPassword }: HostConnection): Privilege | undefined {
  if (user === "root") return undefined;
  if (sudoPassword === undefined) return { command: ["sudo", "-n"], proof: proofWithout(user) };
  return {
    command: ["sudo", "-S", "-p", "", "--", "sh", "-c", skip, begin],
    stdin: `${sudoPassword}\n${begin}\n`,
    proof: proofWith(user, sudoPassword),
  };
}

/** Without it, a command that sudo refuses would look like one that ends at once: an agent like one that is not there. */
function proofWithout(user: string): RightsProof {
  return {
    argv: ["sudo", "-n", "true"],
    stdin: "",
    refused: (said) =>
      new StackhouseError("ssh.sudo-refused", `the user ${user} cannot become root: sudo -n is refused`, {
        details: said,
        hint: "give it a rule without a password (NOPASSWD), or sudoPassword in a program (stackhouse init --host ssh); on the host: sudo -l",
      }),
  };
}

/** The password and nothing after it: `sudo` asks again after a wrong one, and takes whatever comes for the next. */
function proofWith(user: string, sudoPassword: string): RightsProof {
  return {
    argv: ["sudo", "-S", "-p", "", "--", "true"],
    stdin: `${sudoPassword}\n`,
    refused: (said) =>
      new StackhouseError("ssh.sudo-refused", `the user ${user} cannot become root: sudo does not take its password`, {
        details: said,
        hint: "it was tried once: check sudoPassword, and on the host what sudo -l says",
      }),
  };
}

/** The same, as an option of what runs with it. */
export function asRoot(connection: HostConnection): { readonly via?: Privilege } {
  const via = privilegeOf(connection);
  return via === undefined ? {} : { via };
}

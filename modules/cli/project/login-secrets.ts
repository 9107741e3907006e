import { readFile } from "node:fs/promises";
import { messageOf, StackhouseError } from "../../base/errors.ts";
import type { HostSettings, LoginSecrets } from "../../builtin-program/settings.ts";
import { passwordIn } from "../../protocol/login.ts";
import { noPrivateKey, unusableKey } from "../../protocol/private-key.ts";

/**
 * What the files hold that open a machine that exists. Only what can be used: a wrong one would be remembered.
 *
 * @throws `input.invalid`
 */
export async function loginSecrets(host: HostSettings): Promise<LoginSecrets> {
  if (host.kind !== "ssh") return {};
  const { identityFile, jump, sudoPasswordFile } = host;
  return {
    ...(identityFile === undefined ? {} : { privateKey: await privateKeyIn(identityFile, agentInstead) }),
    ...(jump?.identityFile === undefined
      ? {}
      : { jumpPrivateKey: await privateKeyIn(jump.identityFile, machineKeyInstead) }),
    ...(sudoPasswordFile === undefined ? {} : { sudoPassword: await sudoPasswordIn(sudoPasswordFile) }),
  };
}

const agentInstead =
  "give another file with --identity; or load the key into the SSH agent, and say --identity '' once";
const machineKeyInstead =
  "give another file with --jump-identity; where the machine's own key opens the jump host, say --jump-identity '' once";

async function privateKeyIn(file: string, hint: string): Promise<string> {
  const refused = (reason: string, cause?: unknown): StackhouseError =>
    new StackhouseError("input.invalid", `the private key ${file} cannot be used: ${reason}`, { hint, cause });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw refused(messageOf(error), error);
  }
  const wrong = unusableKey(text);
  if (wrong !== undefined) throw refused(`it ${wrong}`);
  const { parsePrivateKey } = await import("../../ssh/keys.ts");
  try {
    parsePrivateKey(text);
  } catch (error) {
    throw refused(`it ${noPrivateKey}`, error);
  }
  return text;
}

async function sudoPasswordIn(file: string): Promise<string> {
  const refused = (reason: string, cause?: unknown): StackhouseError =>
    new StackhouseError("input.invalid", `the password of sudo in ${file} cannot be used: ${reason}`, {
      hint: "put it into a file that only you may read, as its one line; where sudo asks for nothing, say --sudo-password-file '' once",
      cause,
    });
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw refused(messageOf(error), error);
  }
  const password = passwordIn(text);
  if (password === undefined) throw refused("the file has to have one line");
  return password;
}

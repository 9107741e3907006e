import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KeyPair } from "../../ssh/keys.ts";
import { packageRoot } from "../../system/package-root.ts";

/** What differs from one machine to the next. */
export interface UserDataKeys {
  readonly host: KeyPair;
  /** Public half of the key that opens the machine. */
  readonly publicKey: string;
}

/** The cloud-init user data of a machine: `templates/cloud-init/user-data.yaml` with its keys. A secret. */
export async function userDataFor({ host, publicKey }: UserDataKeys): Promise<string> {
  const template = await readFile(join(packageRoot(), "templates", "cloud-init", "user-data.yaml"), "utf8");
  return fillIn(template, { hostPrivateKey: host.privateKey, hostPublicKey: host.publicKey, publicKey });
}

/** Puts texts in the place of `{{name}}`, as JSON strings: these are YAML, whatever is in them. */
function fillIn(template: string, texts: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const text = texts[name];
    if (text === undefined) throw new Error(`the user data has a blank without a value: ${name}`);
    return JSON.stringify(text);
  });
}

import { resolve } from "node:path";
import { stringify } from "yaml";
import { StackhouseError } from "../base/errors.ts";
import type { InitOptions, ProjectKind } from "./commands/init.ts";
import { machineFlags, type MachineOptions } from "./commands/options.ts";
import type { Blanks } from "./init-project.ts";
import { jumpHost } from "./project/host-settings.ts";

/** What a project's files say about the kind of its host: in its stack file, its README and its program. */
export function blanksFor(options: InitOptions, directory: string): Blanks {
  refuseOthers(options);
  const { host, region } = options;
  switch (host) {
    case "local":
      return {
        settings: "",
        howOften: oftenAtFirst,
        needs: "It needs QEMU on this machine: `stackhouse doctor` says what is missing.",
      };
    case "ssh":
      return {
        settings: "",
        // That of Debian 12 knows no start_interval.
        howOften: "      interval: 5s",
        needs: "It needs a way in to the machine over SSH, as root or with sudo.",
        ...machineOf(options, directory),
      };
    case "aws":
      return {
        howOften: oftenAtFirst,
        settings: stringify({ config: { "aws:region": region ?? "eu-central-1" } }),
        needs:
          "It needs credentials for AWS, as `aws configure` or the environment gives them. What it makes there costs money.",
      };
    case "digitalocean":
      return {
        howOften: oftenAtFirst,
        region: JSON.stringify(region ?? "fra1"),
        settings: "",
        needs: "It needs a token for DigitalOcean, in `DIGITALOCEAN_TOKEN`. What it makes there costs money.",
      };
  }
}

/** A machine that exists, as values of the program. */
function machineOf(options: InitOptions, directory: string): Blanks {
  const { address, port, user, identity, hostKey, sudoPasswordFile } = options;
  const file = (path: string): string => JSON.stringify(path.startsWith("~/") ? path : resolve(directory, path));
  const lines = [
    isGiven(identity)
      ? `privateKeyFile: ${file(identity)},`
      : '// Your SSH agent is asked to log in. Without one: privateKeyFile: "~/.ssh/id_ed25519"',
    ...(isGiven(sudoPasswordFile) ? [`sudoPasswordFile: ${file(sudoPasswordFile)},`] : []),
    ...jumpLines(options, file),
  ];
  return {
    address: JSON.stringify(address ?? "192.0.2.7"),
    sshPort: String(port ?? 22),
    user: JSON.stringify(user ?? "root"),
    hostKey: JSON.stringify(hostKey ?? "ssh-ed25519 AAAA"),
    login: lines.join("\n  "),
  };
}

/** @throws `input.invalid` for a jump host of which too little is known */
function jumpLines(options: InitOptions, file: (path: string) => string): readonly string[] {
  const jump = jumpHost(options);
  if (jump === undefined) return [];
  const { address, port, user, hostKey, identityFile } = jump;
  return [
    "// The server that it is reached through.",
    "jump: {",
    `  address: ${JSON.stringify(address)},`,
    ...(port === undefined ? [] : [`  port: ${port},`]),
    ...(user === undefined ? [] : [`  user: ${JSON.stringify(user)},`]),
    `  hostKey: ${JSON.stringify(hostKey)},`,
    ...(identityFile === undefined ? [] : [`  privateKeyFile: ${file(identityFile)},`]),
    "},",
  ];
}

function isGiven(path: string | undefined): path is string {
  return path !== undefined && path !== "";
}

/** Options that say something of some kinds of hosts, and nothing of the others. */
const fitting: readonly (readonly [keyof InitOptions, string, readonly ProjectKind[]])[] = [
  ["region", "--region", ["aws", "digitalocean"]],
  ...Object.entries(machineFlags).map(([key, flag]) => [key as keyof MachineOptions, flag, ["ssh"]] as const),
];

/** @throws `input.invalid` for options that do not fit the host */
function refuseOthers(options: InitOptions): void {
  const wrong = fitting.filter(([key, , kinds]) => options[key] !== undefined && !kinds.includes(options.host));
  if (wrong.length === 0) return;
  const flags = wrong.map(([, flag]) => flag).join(", ");
  throw new StackhouseError("input.invalid", `${flags} does not fit --host ${options.host}`, {
    hint: "see stackhouse init --help",
  });
}

const oftenAtFirst = "      interval: 10s\n      start_interval: 1s";

/** The library of a cloud, which only projects with a host there depend on. */
export const cloudLibrary: Readonly<Record<ProjectKind, string | undefined>> = {
  local: undefined,
  ssh: undefined,
  aws: "@pulumi/aws",
  digitalocean: "@pulumi/digitalocean",
};

const noInit = "with a stack file alone, stackhouse up needs no init";
const yourFile = "your stack file then goes there in the place of the one that init writes";

/** What to do in a folder that has a stack file. A host in a cloud needs a program. */
export const initInstead: Readonly<Record<ProjectKind, string>> = {
  local: noInit,
  ssh: noInit,
  aws: yourFile,
  digitalocean: yourFile,
};

import { resolve } from "node:path";
import { stringify } from "yaml";
import { StackhouseError } from "../base/errors.ts";
import type { InitOptions, ProjectKind } from "./commands/init.ts";
import type { Blanks } from "./init-project.ts";

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
function machineOf({ address, port, user, identity, hostKey }: InitOptions, directory: string): Blanks {
  const login =
    identity === undefined || identity === ""
      ? '// Your SSH agent is asked to log in. Without one: privateKeyFile: "~/.ssh/id_ed25519"'
      : `privateKeyFile: ${JSON.stringify(identity.startsWith("~/") ? identity : resolve(directory, identity))},`;
  return {
    address: JSON.stringify(address ?? "192.0.2.7"),
    sshPort: String(port ?? 22),
    user: JSON.stringify(user ?? "root"),
    hostKey: JSON.stringify(hostKey ?? "ssh-ed25519 AAAA"),
    login,
  };
}

/** Options that say something of some kinds of hosts, and nothing of the others. */
const fitting: readonly (readonly [keyof InitOptions, string, readonly ProjectKind[]])[] = [
  ["region", "--region", ["aws", "digitalocean"]],
  ["address", "--address", ["ssh"]],
  ["user", "--user", ["ssh"]],
  ["port", "--port", ["ssh"]],
  ["identity", "--identity", ["ssh"]],
  ["hostKey", "--host-key", ["ssh"]],
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

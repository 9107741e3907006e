import { InvalidArgumentError, Option, type Command } from "commander";
import { leastVmDiskGiB } from "../../base/vm-disk.ts";
import { hostAddress, loginName } from "../../protocol/login.ts";
import { problemWithHostKey } from "../../protocol/public-key.ts";
import { defaultStack } from "../render/typed.ts";

/** Adds what every command takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option("-C, --directory <folder>", "run as if started there")
    .option("--verbose", "say more, and show stack traces of errors")
    .option("--no-color", "no colours, also on a terminal");
}

/** Adds `--json`, for commands that print data. */
export function withJson(command: Command): Command {
  return command.option("--json", "print one JSON document, for scripts");
}

export interface StackFileOptions {
  readonly file?: readonly string[];
  readonly projectDirectory?: string;
  readonly name?: string;
  readonly envFile?: readonly string[];
  readonly profile?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
}

/** Adds what chooses and fills in a stack file. */
export function withStackFileOptions(command: Command): Command {
  return command
    .option("-f, --file <path>", "stack file; repeat to merge several (default: compose.yaml here or above)", collect)
    .option("--project-directory <folder>", "where relative paths and .env are looked for (default: the first file's)")
    .option("-p, --name <name>", "name of the app, instead of the one in the file or the folder's")
    .option("--env-file <path>", "file with variables for the stack file, instead of .env; repeatable", collect)
    .option("--profile <name>", "also take services with this profile; repeatable", collect)
    .option("--set <KEY=VALUE>", "value of a variable of the stack file; repeatable", collectPairs);
}

/** How a machine that exists is reached. */
export interface MachineOptions {
  readonly address?: string;
  readonly user?: string;
  readonly port?: number;
  readonly identity?: string;
  readonly hostKey?: string;
  readonly sudoPasswordFile?: string;
  readonly jumpAddress?: string;
  readonly jumpUser?: string;
  readonly jumpPort?: number;
  readonly jumpIdentity?: string;
  readonly jumpHostKey?: string;
}

/** Their flags. */
export const machineFlags: Readonly<Record<keyof MachineOptions, string>> = {
  address: "--address",
  user: "--user",
  port: "--port",
  identity: "--identity",
  hostKey: "--host-key",
  sudoPasswordFile: "--sudo-password-file",
  jumpAddress: "--jump-address",
  jumpUser: "--jump-user",
  jumpPort: "--jump-port",
  jumpIdentity: "--jump-identity",
  jumpHostKey: "--jump-host-key",
};

/** Adds what says which machine that exists is meant. */
export function withMachineOptions(command: Command): Command {
  return command
    .option("--address <host>", "ssh: name or address of the machine", address)
    .option("--user <name>", "ssh: user to log in as (default: root)", login)
    .option("--port <number>", "ssh: port (default: 22)", port)
    .option("--identity <path>", "ssh: file of the private key (default, and '': the SSH agent)")
    .option("--host-key <key>", "ssh: the host's public key, as in ssh-ed25519 AAAA…", publicKey)
    .option(
      "--sudo-password-file <path>",
      "ssh: file with what sudo asks the user for (default, and '': it asks for nothing)",
    )
    .option(
      "--jump-address <host>",
      "ssh: name or address of a jump host, that the machine is reached through (default, and '': none)",
      addressOrNone,
    )
    .option("--jump-user <name>", "ssh: user to log in as on the jump host (default: root)", login)
    .option("--jump-port <number>", "ssh: port of the jump host (default: 22)", port)
    .option("--jump-identity <path>", "ssh: file of the private key for the jump host (default, and '': the machine's)")
    .option("--jump-host-key <key>", "ssh: the jump host's public key", publicKey);
}

export interface HostOptions extends MachineOptions {
  readonly host?: "local" | "ssh";
  readonly allowPublic?: readonly number[];
  readonly cpus?: number;
  readonly memory?: number;
  readonly disk?: number;
  readonly imageArchive?: readonly string[];
}

/** Adds what says where the app of a stack file is to run. They are remembered for the next run. */
export function withHostOptions(command: Command): Command {
  command.addOption(
    new Option("--host <kind>", "where to run the app: a VM on this machine, or a machine that exists").choices([
      "local",
      "ssh",
    ]),
  );
  return withMachineOptions(command)
    .option(
      "--allow-public <port>",
      "ssh: port of a database that the world may reach; repeatable (default, and '': none)",
      collectPorts,
    )
    .option("--cpus <number>", "local: processors of the VM", positiveInteger)
    .option("--memory <MiB>", "local: memory of the VM, MiB, at least 512", atLeast(512))
    .option("--disk <GiB>", `local: disk of the VM, GiB, at least ${leastVmDiskGiB}`, atLeast(leastVmDiskGiB))
    .option("--image-archive <path>", "archive of images that no registry has (docker save); repeatable", collect);
}

/** Options of commands that run the program. */
export type RunOptions = StackFileOptions & HostOptions & { readonly stack: string };

/** Adds what `up` and `preview` take. */
export function withRunOptions(command: Command): Command {
  return withCommonOptions(withJson(withHostOptions(withStackFileOptions(withPulumiStack(command)))));
}

/** Options that choose something that is deployed already. */
export interface DeployedOptions {
  readonly stack: string;
  readonly file?: readonly string[];
  readonly name?: string;
}

/** Adds what finds something that is deployed already. */
export function withDeployedOptions(command: Command): Command {
  return withPulumiStack(command)
    .option("--file <path>", "stack file that up was run with, where it is not found by itself; repeatable", collect)
    .option("--name <name>", "name of the app, where one stack file runs under several");
}

export function withYes(command: Command): Command {
  return command.option("-y, --yes", "do not ask");
}

function withPulumiStack(command: Command): Command {
  return command.option("-s, --stack <name>", "name of the Pulumi stack", pulumiStackName, defaultStack);
}

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** An empty one is none, where an earlier run has named some. */
function collectPorts(value: string, before: readonly number[] = []): readonly number[] {
  if (value === "") return [];
  return [...before, port(value)];
}

export function collectPairs(
  value: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, key, text] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(value) ?? [];
  if (key === undefined || text === undefined) throw new InvalidArgumentError("it must be KEY=VALUE.");
  return { ...before, [key]: text };
}

/** Source: https://www.pulumi.com/docs/iac/concepts/stacks/#stack-naming */
function pulumiStackName(value: string): string {
  if (/^([\w.-]{1,100}\/){0,2}[\w.-]{1,100}$/.test(value)) return value;
  throw new InvalidArgumentError("it may only have letters, digits, '-', '_' and '.', as in [[ORG/]PROJECT/]NAME.");
}

export function positiveInteger(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError("it must be a whole number above 0.");
  return Number(value);
}

function port(value: string): number {
  const number = positiveInteger(value);
  if (number > 65_535) throw new InvalidArgumentError("it must be a port, 65535 at most.");
  return number;
}

function address(value: string): string {
  if (hostAddress.test(value)) return value;
  throw new InvalidArgumentError("it must be a name or an address alone: --user and --port say the rest.");
}

function addressOrNone(value: string): string {
  return value === "" ? value : address(value);
}

function login(value: string): string {
  if (loginName.test(value)) return value;
  throw new InvalidArgumentError("it must be the name of a user.");
}

/** A number that is refused later is remembered by then. */
function atLeast(least: number): (value: string) => number {
  return (value) => {
    const number = positiveInteger(value);
    if (number < least) throw new InvalidArgumentError(`it must be at least ${least}.`);
    return number;
  };
}

function publicKey(value: string): string {
  const problem = problemWithHostKey(value);
  if (problem === undefined) return value;
  throw new InvalidArgumentError(`it ${problem}.`);
}

export function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("it must be a whole number.");
  return Number(value);
}

/** Examples below the help of a command: `[command line, what it does]`. */
export function withExamples(command: Command, examples: readonly (readonly [string, string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

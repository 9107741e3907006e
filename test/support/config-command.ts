import { parse } from "yaml";
import { runCli, type CliResult } from "./cli.ts";
import { testFolder } from "./folder.ts";

/** The stack file of a project that gives none. */
export const usualStackFile = `
services:
  web:
    image: "nginx:\${TAG:-1.29}"
    volumes: [data:/data]
    networks: [front]
  api:
    image: "shop/api:1"
    secrets: [key]
  probe:
    image: "probe:1"
    profiles: [debug, all]
volumes:
  data:
networks:
  front:
secrets:
  key: { file: ./key }
`;

export interface ConfigProject {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** `stackhouse config` in a folder of its own. */
export async function config(
  argv: readonly string[],
  { files = { "compose.yaml": usualStackFile }, env = {}, input = "" }: ConfigProject = {},
) {
  // What the usual secret holds.
  await using folder = await testFolder({ key: "k", ...files });
  return await runCli(["config", ...argv], { cwd: folder.path, env, input });
}

export const printed = ({ stdout }: CliResult): Record<string, unknown> => parse(stdout) as Record<string, unknown>;

/** One call of `config` in a folder: what follows the name of the program for docker compose, and `config` for ours. */
export interface CommandLine {
  readonly args?: readonly string[];
  /** By their path below the folder. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is called, below the folder. */
  readonly from?: string;
  /** What it reads from standard input. */
  readonly input?: string;
}

/** A difference that stays, with its reason. */
export interface ListedLine extends CommandLine {
  /** What either prints: a model, or an error. */
  readonly ours: RegExp;
  readonly theirs: RegExp;
  readonly reason: string;
}

const one = "services: { one: { image: 'one:${TAG:-none}' } }\n";
const two = "services: { two: { image: 'two:${TAG:-none}', env_file: [{ path: two.env, required: false }] } }\n";
const profiles = `services:
  always: { image: a }
  dev: { image: d, profiles: [dev] }
  both: { image: b, profiles: [dev, prod] }
  prod: { image: p, profiles: [prod] }
`;
/** It has a path that begins at the project's folder. */
const watched =
  "services: { one: { image: 'i:${TAG:-none}', develop: { watch: [{ path: ./data, action: sync, target: /data }] } } }\n";
const named = "name: from-file\nservices: { one: { image: 'i:${COMPOSE_PROJECT_NAME}' } }\n";

/** How a stack file is found, by whoever calls the program and from where. */
export const discovery: Readonly<Record<string, CommandLine>> = {
  "compose.yaml": { files: { "compose.yaml": one } },
  "compose.yml": { files: { "compose.yml": one } },
  "docker-compose.yml": { files: { "docker-compose.yml": one } },
  "docker-compose.yaml": { files: { "docker-compose.yaml": one } },
  "two of them": { files: { "docker-compose.yml": two, "compose.yaml": one } },
  "two of the older ones": { files: { "docker-compose.yml": two, "docker-compose.yaml": one } },
  "an override": { files: { "compose.yaml": one, "compose.override.yaml": two } },
  "an override of the other ending": { files: { "compose.yaml": one, "compose.override.yml": two } },
  "two overrides": { files: { "compose.yaml": one, "compose.override.yml": two, "compose.override.yaml": one } },
  "an override of the older name": { files: { "compose.yaml": one, "docker-compose.override.yml": two } },
  "an override alone": { files: { "compose.override.yaml": two } },
  "a folder above": { files: { "compose.yaml": watched, "deep/er/x": "" }, from: "deep/er" },
  "a folder above with an override": {
    files: { "compose.yaml": one, "compose.override.yaml": two, "in/x": "" },
    from: "in",
  },
  "the nearest of two folders": { files: { "compose.yaml": one, "in/compose.yml": two }, from: "in" },
  "an override beside the caller, and the file above": {
    files: { "compose.yaml": one, "in/compose.override.yaml": two },
    from: "in",
  },
  nothing: { files: { x: "" } },
};

export const files: Readonly<Record<string, CommandLine>> = {
  "one file": { args: ["-f", "a.yaml"], files: { "a.yaml": one, "compose.yaml": two } },
  "two files": { args: ["-f", "a.yaml", "-f", "b.yaml"], files: { "a.yaml": one, "b.yaml": two } },
  "no override of a named file": {
    args: ["-f", "compose.yaml"],
    files: { "compose.yaml": one, "compose.override.yaml": two },
  },
  "a file of another folder": { args: ["-f", "in/a.yaml"], files: { "in/a.yaml": watched } },
  "files of two folders": {
    args: ["-f", "in/a.yaml", "-f", "out/b.yaml"],
    files: { "in/a.yaml": watched, "out/b.yaml": two, "out/two.env": "A=out\n", "in/two.env": "A=in\n" },
  },
  "a file that is not there": { args: ["-f", "a.yaml"], files: { "compose.yaml": one } },
  "a folder": { args: ["-f", "in"], files: { "in/compose.yaml": one } },
  COMPOSE_FILE: { files: { "a.yaml": one, "compose.yaml": two }, env: { COMPOSE_FILE: "a.yaml" } },
  "two in COMPOSE_FILE": { files: { "a.yaml": one, "b.yaml": two }, env: { COMPOSE_FILE: "a.yaml:b.yaml" } },
  "COMPOSE_FILE with a separator": {
    files: { "a.yaml": one, "b.yaml": two },
    env: { COMPOSE_FILE: "a.yaml,b.yaml", COMPOSE_PATH_SEPARATOR: "," },
  },
  "COMPOSE_FILE with an empty separator": {
    files: { "a.yaml": one, "b.yaml": two },
    env: { COMPOSE_FILE: "a.yaml:b.yaml", COMPOSE_PATH_SEPARATOR: "" },
  },
  "COMPOSE_FILE of .env": { files: { "a.yaml": one, "compose.yaml": two, ".env": "COMPOSE_FILE=a.yaml\n" } },
  "COMPOSE_FILE of .env, with its separator": {
    files: { "a.yaml": one, "b.yaml": two, ".env": "COMPOSE_PATH_SEPARATOR=,\nCOMPOSE_FILE=a.yaml,b.yaml\n" },
  },
  "COMPOSE_FILE of the shell before that of .env": {
    files: { "a.yaml": one, "b.yaml": two, ".env": "COMPOSE_FILE=a.yaml\n" },
    env: { COMPOSE_FILE: "b.yaml" },
  },
  "COMPOSE_FILE of a named env file": {
    args: ["--env-file", "prod.env"],
    files: { "a.yaml": one, "compose.yaml": two, "prod.env": "COMPOSE_FILE=a.yaml\nTAG=prod\n" },
  },
  "COMPOSE_FILE of .env beside a named env file": {
    args: ["--env-file", "prod.env"],
    files: { "a.yaml": one, "compose.yaml": two, ".env": "COMPOSE_FILE=a.yaml\n", "prod.env": "TAG=prod\n" },
  },
  "COMPOSE_FILE of an env file that the shell names": {
    files: { "a.yaml": one, "compose.yaml": two, "prod.env": "COMPOSE_FILE=a.yaml\n" },
    env: { COMPOSE_ENV_FILES: "prod.env" },
  },
  "a named file before COMPOSE_FILE": {
    args: ["-f", "b.yaml"],
    files: { "a.yaml": one, "b.yaml": two },
    env: { COMPOSE_FILE: "a.yaml" },
  },
  "COMPOSE_FILE in another folder, with .env here and there": {
    files: { "in/a.yaml": watched, ".env": "COMPOSE_FILE=in/a.yaml\nTAG=here\n", "in/.env": "TAG=there\n" },
  },
};

export const standardInput: Readonly<Record<string, CommandLine>> = {
  "alone, of the folder where one is": {
    args: ["-f", "-"],
    files: { "Shop/.env": "TAG=here\n", "Shop/compose.yaml": two },
    from: "Shop",
    input: watched,
  },
  "below a file of another folder": {
    args: ["-f", "-", "-f", "in/a.yaml"],
    files: { "in/a.yaml": two, ".env": "TAG=here\n", "in/.env": "TAG=there\n" },
    input: watched,
  },
  "over a file": { args: ["-f", "a.yaml", "-f", "-"], files: { "a.yaml": watched }, input: two },
  "of COMPOSE_FILE": { files: { "a.yaml": one }, env: { COMPOSE_FILE: "a.yaml:-" }, input: two },
  "that is empty": { args: ["-f", "-"], files: { "compose.yaml": two } },
  "that is no stack file": { args: ["-f", "-"], files: {}, input: "services: [" },
  "that includes a file": {
    args: ["-f", "-"],
    files: { "in/a.yaml": watched },
    input: "include: [in/a.yaml]\n",
  },
};

export const projectDirectories: Readonly<Record<string, CommandLine>> = {
  "of a named file": {
    args: ["--project-directory", "Dir", "-f", "a.yaml"],
    files: { "a.yaml": watched, "Dir/x": "" },
  },
  "with .env here, there and in it": {
    args: ["--project-directory", "Dir", "-f", "in/a.yaml"],
    files: { "in/a.yaml": watched, ".env": "TAG=here\n", "in/.env": "TAG=there\n", "Dir/.env": "TAG=dir\n" },
  },
  "with .env here only": {
    args: ["--project-directory", "Dir", "-f", "in/a.yaml"],
    files: { "in/a.yaml": watched, ".env": "TAG=here\n", "in/.env": "TAG=there\n", "Dir/x": "" },
  },
  "with COMPOSE_FILE in its .env": {
    args: ["--project-directory", "Dir"],
    files: { "a.yaml": watched, "Dir/.env": "COMPOSE_FILE=a.yaml\n", "Dir/compose.yaml": two },
  },
  "where a stack file is": {
    args: ["--project-directory", "Dir"],
    files: { "compose.yaml": two, "Dir/compose.yaml": watched, ".env": "TAG=here\n", "Dir/.env": "TAG=dir\n" },
  },
  "below a stack file": {
    args: ["--project-directory", "Dir/deep"],
    files: { "Dir/compose.yaml": watched, "Dir/.env": "TAG=dir\n", "Dir/deep/.env": "TAG=deep\n" },
  },
  "that is not there": { args: ["--project-directory", "none", "-f", "a.yaml"], files: { "a.yaml": watched } },
  "that is not there, below a stack file": {
    args: ["--project-directory", "none"],
    files: { "compose.yaml": watched, ".env": "TAG=here\n" },
  },
  "that is not there, below one that is not, either": {
    args: ["--project-directory", "none/at/all"],
    files: { "compose.yaml": watched, ".env": "TAG=here\n" },
  },
  "that is a file": { args: ["--project-directory", "x", "-f", "a.yaml"], files: { "a.yaml": watched, x: "" } },
  "that is the stack file": { args: ["--project-directory", "compose.yaml"], files: { "compose.yaml": watched } },
  "with standard input": {
    args: ["--project-directory", "Dir", "-f", "-"],
    files: { "Dir/.env": "TAG=dir\n", ".env": "TAG=here\n" },
    input: watched,
  },
  "that is absolute for paths, and a name": {
    args: ["--project-directory", "/srv/My Shop", "-f", "a.yaml"],
    files: { "a.yaml": watched },
  },
};

export const profilesOfCommands: Readonly<Record<string, CommandLine>> = {
  none: { files: { "compose.yaml": profiles } },
  one: { args: ["--profile", "dev"], files: { "compose.yaml": profiles } },
  two: { args: ["--profile", "dev", "--profile", "prod"], files: { "compose.yaml": profiles } },
  all: { args: ["--profile", "*"], files: { "compose.yaml": profiles } },
  "of the shell": { files: { "compose.yaml": profiles }, env: { COMPOSE_PROFILES: "dev" } },
  "two of the shell": { files: { "compose.yaml": profiles }, env: { COMPOSE_PROFILES: "dev,prod" } },
  "of .env": { files: { "compose.yaml": profiles, ".env": "COMPOSE_PROFILES=dev\n" } },
  "two of .env with a space": { files: { "compose.yaml": profiles, ".env": "COMPOSE_PROFILES=dev, prod\n" } },
  "an empty one of the shell over .env": {
    files: { "compose.yaml": profiles, ".env": "COMPOSE_PROFILES=dev\n" },
    env: { COMPOSE_PROFILES: "" },
  },
  "of .env beside a named env file": {
    args: ["--env-file", "prod.env"],
    files: { "compose.yaml": profiles, ".env": "COMPOSE_PROFILES=dev\n", "prod.env": "A=1\n" },
  },
  "of a named env file": {
    args: ["--env-file", "prod.env"],
    files: { "compose.yaml": profiles, ".env": "COMPOSE_PROFILES=dev\n", "prod.env": "COMPOSE_PROFILES=prod\n" },
  },
  "of an env file that the shell names": {
    files: { "compose.yaml": profiles, ".env": "COMPOSE_PROFILES=dev\n", "prod.env": "COMPOSE_PROFILES=prod\n" },
    env: { COMPOSE_ENV_FILES: "prod.env" },
  },
  "an option before the shell": {
    args: ["--profile", "prod"],
    files: { "compose.yaml": profiles },
    env: { COMPOSE_PROFILES: "dev" },
  },
  "an option before .env": {
    args: ["--profile", "prod"],
    files: { "compose.yaml": profiles, ".env": "COMPOSE_PROFILES=dev\n" },
  },
  "of .env beside a file of another folder": {
    args: ["-f", "in/a.yaml"],
    files: { "in/a.yaml": profiles, ".env": "COMPOSE_PROFILES=dev\n", "in/.env": "COMPOSE_PROFILES=prod\n" },
  },
};

export const envFiles: Readonly<Record<string, CommandLine>> = {
  ".env": { files: { "compose.yaml": one, ".env": "TAG=env\n" } },
  "the shell before .env": { files: { "compose.yaml": one, ".env": "TAG=env\n" }, env: { TAG: "shell" } },
  "a named one instead of .env": {
    args: ["--env-file", "a.env"],
    files: { "compose.yaml": one, ".env": "TAG=env\n", "a.env": "A=1\n" },
  },
  "the last of two": {
    args: ["--env-file", "a.env", "--env-file", "b.env"],
    files: { "compose.yaml": one, "a.env": "TAG=a\n", "b.env": "TAG=b\n" },
  },
  "a variable of an earlier one": {
    args: ["--env-file", "a.env", "--env-file", "b.env"],
    files: { "compose.yaml": one, "a.env": "A=a\n", "b.env": "TAG=b${A}\n" },
  },
  "one that is not there": { args: ["--env-file", "a.env"], files: { "compose.yaml": one } },
  "one that is broken": { args: ["--env-file", "a.env"], files: { "compose.yaml": one, "a.env": "A B=1\n" } },
  "a broken .env": { files: { "compose.yaml": one, ".env": "A=${\n" } },
  "an export of nothing": { files: { "compose.yaml": one, ".env": "export\nTAG=1\n" } },
  COMPOSE_ENV_FILES: {
    files: { "compose.yaml": one, ".env": "TAG=env\n", "a.env": "TAG=a\n", "b.env": "TAG=b\n" },
    env: { COMPOSE_ENV_FILES: "a.env,b.env" },
  },
  "an option before COMPOSE_ENV_FILES": {
    args: ["--env-file", "b.env"],
    files: { "compose.yaml": one, "a.env": "TAG=a\n", "b.env": "TAG=b\n" },
    env: { COMPOSE_ENV_FILES: "a.env" },
  },
  "COMPOSE_ENV_FILES of .env": {
    files: { "compose.yaml": one, ".env": "COMPOSE_ENV_FILES=a.env\nTAG=env\n", "a.env": "TAG=a\n" },
  },
  "COMPOSE_ENV_FILES that are not there": { files: { "compose.yaml": one }, env: { COMPOSE_ENV_FILES: "a.env" } },
  ".env turned off": { files: { "compose.yaml": one, ".env": "TAG=env\n" }, env: { COMPOSE_DISABLE_ENV_FILE: "1" } },
  ".env not turned off": {
    files: { "compose.yaml": one, ".env": "TAG=env\n" },
    env: { COMPOSE_DISABLE_ENV_FILE: "false" },
  },
  ".env turned off by a word that is none": {
    files: { "compose.yaml": one, ".env": "TAG=env\n" },
    env: { COMPOSE_DISABLE_ENV_FILE: "yes" },
  },
  ".env of the caller before that of the file found above": {
    files: { "compose.yaml": one, ".env": "TAG=above\n", "in/.env": "TAG=here\n" },
    from: "in",
  },
  ".env of the file found above": { files: { "compose.yaml": one, ".env": "TAG=above\n", "in/x": "" }, from: "in" },
  "no .env of the caller for a named file": {
    args: ["-f", "in/a.yaml"],
    files: { "in/a.yaml": one, ".env": "TAG=here\n" },
  },
  ".env of a named file": {
    args: ["-f", "in/a.yaml"],
    files: { "in/a.yaml": one, ".env": "TAG=here\n", "in/.env": "TAG=there\n" },
  },
  "a folder named .env": { files: { "compose.yaml": one, ".env/x": "" } },
  "a folder named .env of the caller, and .env of the file found above": {
    files: { "compose.yaml": one, ".env": "TAG=above\n", "in/.env/x": "" },
    from: "in",
  },
  ".env of the caller, and a folder named so of the file found above": {
    files: { "compose.yaml": one, ".env/x": "", "in/.env": "TAG=here\n" },
    from: "in",
  },
  "a folder named .env of an included file": {
    files: { "compose.yaml": "include: [in/a.yaml]\n", "in/a.yaml": one, ".env": "TAG=here\n", "in/.env/x": "" },
  },
  "a named one that is a folder": { args: ["--env-file", "a.env"], files: { "compose.yaml": one, "a.env/x": "" } },
  "a config of a variable of .env": {
    files: {
      "compose.yaml": "services: { a: { image: i, configs: [c] } }\nconfigs: { c: { environment: TAG } }\n",
      ".env": "TAG=env\n",
    },
  },
};

export const names: Readonly<Record<string, CommandLine>> = {
  "of the folder": { files: { "My App.v2/compose.yaml": one }, from: "My App.v2" },
  "of the folder above": { files: { "Shop/compose.yaml": one, "Shop/in/x": "" }, from: "Shop/in" },
  "of the folder of a named file": { args: ["-f", "Shop/a.yaml"], files: { "Shop/a.yaml": one } },
  "of the file": { files: { "compose.yaml": named } },
  "of an option": { args: ["-p", "given"], files: { "compose.yaml": named } },
  "of the shell": { files: { "compose.yaml": named }, env: { COMPOSE_PROJECT_NAME: "shell" } },
  "of .env": { files: { "compose.yaml": named, ".env": "COMPOSE_PROJECT_NAME=env\n" } },
  "of a named env file": {
    args: ["--env-file", "prod.env"],
    files: { "compose.yaml": named, ".env": "COMPOSE_PROJECT_NAME=env\n", "prod.env": "COMPOSE_PROJECT_NAME=prod\n" },
  },
  "of .env beside a named env file": {
    args: ["--env-file", "prod.env"],
    files: { "compose.yaml": named, ".env": "COMPOSE_PROJECT_NAME=env\n", "prod.env": "A=1\n" },
  },
  "an option before the shell": {
    args: ["-p", "given"],
    files: { "compose.yaml": named },
    env: { COMPOSE_PROJECT_NAME: "shell" },
  },
  "an option that is no name": { args: ["-p", "Foo"], files: { "compose.yaml": named } },
  "one of the shell that is no name": { files: { "compose.yaml": named }, env: { COMPOSE_PROJECT_NAME: "Foo Bar" } },
  "an empty one of the shell": { files: { "compose.yaml": named }, env: { COMPOSE_PROJECT_NAME: "" } },
};

export const listedLines: Readonly<Record<string, ListedLine>> = {
  "COMPOSE_FILE that is empty": {
    files: { "compose.yaml": one },
    env: { COMPOSE_FILE: "" },
    ours: /"image": "one:none"/,
    theirs: /^read .*: is a directory$/m,
    reason: "docker compose takes nothing for the folder, and cannot read that as a file",
  },
  "COMPOSE_FILE that ends with its separator": {
    files: { "compose.yaml": one },
    env: { COMPOSE_FILE: "compose.yaml:" },
    ours: /"image": "one:none"/,
    theirs: /^read .*: is a directory$/m,
    reason: "docker compose takes nothing for the folder, and cannot read that as a file",
  },
  "a project directory that is a file, with .env turned off": {
    args: ["--project-directory", "x", "-f", "a.yaml"],
    files: { "a.yaml": watched, x: "" },
    env: { COMPOSE_DISABLE_ENV_FILE: "1" },
    ours: /x is not a folder/,
    theirs: /"name": "x"/,
    reason: "docker compose finds out by its .env alone; no path can begin in a file",
  },
  "a stack file in UTF-16": {
    files: { "compose.yaml": Buffer.from(`\uFEFF${one}`, "utf16le") },
    ours: /it is UTF-16: save it as UTF-8/,
    theirs: /"image": "one:none"/,
    reason: "docker compose refuses env files in UTF-16; one rule for all files that a stack is made of",
  },
};

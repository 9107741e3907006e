import type { Behaviour, ExecOutcome } from "../../../host-agent/runtime/fake/behaviour.ts";
import type { Service } from "../../../modules/stackfile/model.ts";

/** What a container does: a definition for a real engine, and the same as a behaviour for the fake. */
interface Program {
  readonly definition: Partial<Service>;
  readonly behaviour: Behaviour;
}

const forever = "trap 'exit 0' TERM; while :; do sleep 0.1; done";
const shell = (script: string): string[] => ["sh", "-c", script];

/** Commands that tests run in a container, with what comes of them. */
const commands: readonly { command: readonly string[]; outcome: (input: string) => ExecOutcome }[] = [
  {
    command: shell("echo out; echo err >&2; exit 7"),
    outcome: () => ({ exitCode: 7, stdout: "out\n", stderr: "err\n" }),
  },
  { command: shell("tr a-z A-Z"), outcome: (input) => ({ exitCode: 0, stdout: input.toUpperCase() }) },
  { command: shell('echo "$GREETING from $PWD"'), outcome: () => ({ exitCode: 0, stdout: "hello from /tmp\n" }) },
];

const exec: Behaviour["exec"] = ({ command, input }) => {
  const scripted = commands.find((entry) => JSON.stringify(entry.command) === JSON.stringify(command));
  return scripted?.outcome(input) ?? { exitCode: 127, stderr: "not scripted" };
};

/** By service name: tests choose what a container does by the service that it belongs to. */
export const programs = {
  /** Runs until it is stopped, then ends at once. */
  sleeper: { definition: { command: shell(forever) }, behaviour: { exec } },
  /** Says a line on each stream, and ends well. */
  printer: {
    definition: { command: shell("echo first; sleep 0.05; echo second >&2; sleep 0.05; echo third") },
    behaviour: {
      prints: [
        { stream: "stdout", line: "first" },
        { stream: "stderr", line: "second" },
        { stream: "stdout", line: "third" },
      ],
      exit: { code: 0, afterMs: 20 },
    },
  },
  /** Ends with an error. */
  failer: { definition: { command: shell("exit 3") }, behaviour: { exit: { code: 3 } } },
  healthy: {
    definition: { command: shell(forever), healthcheck: { test: ["CMD", "true"], interval: "1s" } },
    behaviour: { health: { state: "healthy", afterMs: 20 } },
  },
  /** Its health check never passes. */
  sick: {
    definition: {
      command: shell(forever),
      healthcheck: { test: ["CMD-SHELL", "echo the queue is full; exit 1"], interval: "1s", retries: 1 },
    },
    behaviour: { health: { state: "unhealthy", afterMs: 20, output: "the queue is full\n" } },
  },
  /** Its program does not exist. */
  broken: {
    definition: { command: ["/no/such/program"] },
    behaviour: { startError: 'exec: "/no/such/program": stat /no/such/program: no such file or directory' },
  },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof programs;

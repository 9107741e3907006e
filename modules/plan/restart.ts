import type { Service } from "../stackfile/model.ts";

/** When the runtime starts a container again that has ended. */
export interface Restart {
  /** As Docker Engine names it; empty where nothing is said, which restarts nothing. */
  readonly name: string;
  /** How often at most; undefined where nothing is said. */
  readonly attempts: number | undefined;
}

/**
 * `deploy.restart_policy` takes the place of `restart` as a whole, even when it says nothing.
 * Source: docker compose, pkg/compose/create.go, `getRestartPolicy`.
 */
export function restartOf({ restart = "", deploy }: Pick<Service, "restart" | "deploy">): Restart {
  const policy = deploy?.restart_policy;
  if (policy !== undefined) return { name: engineName(policy.condition ?? ""), attempts: policy.max_attempts };
  const [name = "", attempts] = restart.split(":");
  return { name: engineName(name), attempts: attempts === undefined ? undefined : Number(attempts) };
}

/** `restart` and the condition of a policy take each other's words. */
function engineName(word: string): string {
  switch (word) {
    case "none":
      return "no";
    case "any":
      return "always";
    default:
      return word;
  }
}

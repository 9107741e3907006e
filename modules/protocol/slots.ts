import { agentPaths } from "./api.ts";

/**
 * How an agent is upgraded: two slots and commit-confirmed.
 *
 * ```
 * /opt/stackhouse/
 *   launch              templates/agent/launch.sh: what the unit starts
 *   nodes/SHA256        Node binaries by digest, shared by the slots; one that no link leads to any more is removed
 *   node/VERSION/bin/   node -> ../../../nodes/SHA256: what a base image brought, which stays
 *   a/ b/               a slot: agent.js, and node -> ../nodes/SHA256
 *   confirmed -> a      the last slot that an installer confirmed healthy
 *   candidate -> b      the slot to try at the next start; the launcher removes it before it tries
 *   current -> b        the slot that the launcher started last
 * ```
 *
 * An installer, in this order; every step may be repeated, and a crash anywhere leaves a host that runs or can be retried:
 * 1. `GET /v1/info`: bundle digest as wanted and `confirmed`: nothing to do.
 * 2. Write `node` and `agent.js` of `inactiveSlot(confirmed)`, check their digests, sync.
 * 3. Write `launch` and the unit file; link `candidate` to the slot (new link, then rename).
 * 4. `systemctl restart`.
 * 5. Wait for `GET /v1/info` to give the wanted bundle digest and slot.
 * 6. `POST /v1/confirm`: the agent links `confirmed` to its own slot.
 *
 * A candidate gets one start. When it crashes, or is not confirmed within `confirmDeadlineMs` and so exits by itself, systemd
 * starts the launcher again, finds no candidate and runs the confirmed slot.
 */
export type Slot = "a" | "b";

/** An unconfirmed agent exits after this many milliseconds. An installer must have confirmed before. */
export const confirmDeadlineMs = 180_000;

/** Exit codes of the launcher and the agent that the unit file knows. */
export const agentExitCodes = {
  /** Not confirmed in time: restarted at once, into the confirmed slot. */
  unconfirmed: 75,
  /** No slot to start, or settings that cannot work: a restart would not help, so there is none. */
  unusable: 78,
} as const;

/** The slot that an installer may overwrite: never the confirmed one. */
export function inactiveSlot(confirmed: Slot | undefined): Slot {
  return confirmed === "a" ? "b" : "a";
}

/** The target of a `confirmed` or `candidate` link, as `readlink` gives it. */
export function parseSlot(target: string | undefined): Slot | undefined {
  const name = target?.trim();
  return name === "a" || name === "b" ? name : undefined;
}

export interface InstallPaths {
  readonly launcher: string;
  readonly confirmed: string;
  readonly candidate: string;
  readonly current: string;
  slot(slot: Slot): { readonly directory: string; readonly bundle: string; readonly node: string };
  /** A Node binary by its SHA-256 in hexadecimal. */
  nodeBinary(sha256: string): string;
}

/** Where everything of an installation lies. */
export function installPaths(root: string = agentPaths.install): InstallPaths {
  return {
    launcher: `${root}/launch`,
    confirmed: `${root}/confirmed`,
    candidate: `${root}/candidate`,
    current: `${root}/current`,
    slot: (slot) => ({
      directory: `${root}/${slot}`,
      bundle: `${root}/${slot}/agent.js`,
      node: `${root}/${slot}/node`,
    }),
    nodeBinary: (sha256) => `${root}/nodes/${sha256}`,
  };
}

import type { AgentClient } from "../agent-client/types.ts";
import type { Uninstalled } from "../agent-install/uninstall.ts";
import type { BakeRequest } from "../baked-images/index.ts";
import type { DriverCall, Refusal, VmKind } from "../hypervisors/driver.ts";
import type { AgentInfo } from "../protocol/api.ts";
import type { HostConnection } from "../protocol/host.ts";

// What the resources need of the world, in their own words; `main.ts` puts the real things behind it.

/** Base images of local VMs. */
export interface BaseImages {
  /** Key of the image that this build of Stackhouse makes. */
  current(call: DriverCall): Promise<string>;
  /** Why no VM can be made from an image, and what to do; undefined where one can. */
  problemWith(key: string, call: DriverCall): Promise<Refusal | undefined>;
  /** Makes sure that the image is in the cache: built, downloaded or there already. */
  ensure(key: string, call: DriverCall): Promise<void>;
  /** Makes sure that there is an image with the agent and archives' images on top of it, and gives its key; see `BakeRequest`. */
  bake(key: string, request: BakeRequest, call: DriverCall): Promise<string | undefined>;
}

/** Waits until a host lets us in. */
export type WaitForSsh = (
  connection: HostConnection,
  call: DriverCall & {
    /** Longest wait, milliseconds. */
    readonly deadlineMs: number;
    /** 0: a refused login is none that comes too early. */
    readonly loginGraceMs?: 0;
  },
) => Promise<void>;

/** Sees to it that as many clones of a kind wait for the next VM as are asked for, when this run is over. */
export type FillPoolLater = (kind: VmKind, call: DriverCall) => Promise<void>;

/** The keys of a VM and who made it. */
export interface VmIdentity {
  /** URN of the resource that the VM belongs to. */
  readonly owner: string;
  /** OpenSSH private host key of the guest. */
  readonly hostPrivateKey: string;
  /** OpenSSH private key that opens the guest. */
  readonly privateKey: string;
}

/**
 * Written before a VM is made: the run after a `kill -9` knows its VM again, and an import can open it. By VM id.
 */
export interface VmIdentities {
  read(vmId: string): Promise<VmIdentity | undefined>;
  write(vmId: string, identity: VmIdentity): Promise<void>;
  remove(vmId: string): Promise<void>;
}

/** One exchange with a host. */
export interface HostCall extends DriverCall {
  /** Longest duration, milliseconds. */
  readonly deadlineMs: number;
}

/** The agent's bundle in this build of Stackhouse. */
export interface AgentBundle {
  readonly version: string;
  readonly bundleDigest: string;
}

export interface InstallCall extends HostCall {
  /** That this very machine was reached before: one that is silent for long may be gone. */
  readonly wasThere: boolean;
  /** Disk for the named volumes of apps, which is mounted first. */
  readonly volumeDevice: string | undefined;
  /** Sizes of the system's disk and of that one, where the program gave them: file systems grow to them. */
  readonly rootGiB: number | undefined;
  readonly volumeGiB: number | undefined;
  /** Told when the host has let us in: from here on an installation may have left something there, however it ends. */
  readonly onConnected: () => void;
  /** Told when nothing of an agent is on the host. */
  readonly onBare: () => void;
}

/** Puts the host agent on hosts. Every operation may be repeated. */
export interface AgentInstaller {
  bundle(): Promise<AgentBundle>;
  /** Installs or upgrades, starts and confirms. */
  install(connection: HostConnection, call: InstallCall): Promise<AgentInfo>;
  /** What runs there; undefined where the host answers and no agent does. */
  find(connection: HostConnection, call: HostCall): Promise<AgentInfo | undefined>;
  /** Takes the agent and its own files away, unless it has apps left. */
  remove(connection: HostConnection, call: HostCall): Promise<Uninstalled>;
}

/** The agent's API, as far as apps need it. */
export type AgentApi = Pick<AgentClient, "status" | "plan" | "apply" | "remove" | "archives" | "loadImages">;

/** Gives the API of the agent on a host, over SSH, for as long as `use` runs. */
export type OpenAgent = <T>(
  connection: HostConnection,
  call: HostCall,
  use: (api: AgentApi) => Promise<T>,
) => Promise<T>;

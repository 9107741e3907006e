import { type Difference, type Json, textOf } from "./json.ts";

/** A difference to docker compose that stays, with its reason. */
export interface ListedDifference {
  readonly path: RegExp;
  readonly reason: string;
  /** What either has there; anything where it is not given. */
  readonly is?: (values: { readonly ours: Json | undefined; readonly theirs: Json | undefined }) => boolean;
}

export function isListed(difference: Difference, { path, is }: ListedDifference): boolean {
  return path.test(difference.path) && (is === undefined || is(difference));
}

export const listedDifferences: readonly ListedDifference[] = [
  {
    path: /\.Attach(?:Stdout|Stderr)$/,
    reason: "nobody attaches to a container of ours: its output is in the log",
  },
  {
    path: /\.HostConfig\.ConsoleSize$/,
    is: ({ theirs }) => JSON.stringify(theirs) === "[0,0]",
    reason: "it is no size",
  },
  {
    path: /\.HostConfig\.OomKillDisable$/,
    is: ({ theirs }) => theirs === false,
    reason: "it is what an engine does anyway",
  },
  { path: /\.CheckDuplicate$/, reason: "engines before 25 have to be asked for it, later ones do it anyway" },
  {
    path: /\.HostConfig\.Cap(?:Add|Drop)\[\d+\]$/,
    is: ({ ours, theirs }) => textOf(theirs).replace(/^CAP_/, "") === textOf(ours).toUpperCase(),
    reason: "an engine takes all names of a capability",
  },
  {
    path: /\.StopTimeout$/,
    is: ({ ours, theirs }) => ours === Number(theirs) + 1,
    reason: "an engine counts whole seconds: half a second more is granted, and not taken",
  },
  {
    path: /\.NanoCpus$/,
    is: ({ ours, theirs }) => Math.abs(Number(ours) - Number(theirs)) < 64,
    reason: "docker compose multiplies with single precision",
  },
  {
    path: /\.Platform$/,
    is: ({ ours, theirs }) => textOf(theirs).startsWith(`${textOf(ours)}/`),
    reason: "an engine completes a platform by its own processor",
  },
  {
    path: /\.DeviceRequests\[\d+\]\.Capabilities(?:\[\d+\])?$/,
    is: ({ ours, theirs }) => Array.isArray(theirs) && JSON.stringify(ours) === JSON.stringify([...new Set(theirs)]),
    reason: "docker compose asks for the capability gpu twice where the stack file has it",
  },
  {
    path: /\.VolumesFrom\[\d+\]$/,
    is: ({ ours, theirs }) => ours === `${textOf(theirs)}:ro`,
    reason: "docker compose forgets that volumes of another service are read-only",
  },
  {
    path: /\.Links$/,
    reason:
      "links lead to the name of a service on the networks, and so to whichever container it has; docker compose's lead to the one that was there",
  },
  { path: /\.(?:IPAddress|IPv6Gateway)$/, reason: "an engine sets them itself when it starts the container" },
  {
    path: /\.(?:Config|Networks\.alike_front)\.MacAddress$/,
    reason: "engines before 25 have one hardware address of the container, which docker compose does not know any more",
  },
  { path: /\.IPAM\.Options$/, reason: "docker compose forgets them" },
  {
    path: /\.alike-declared-1\.HostConfig\.Mounts/,
    is: ({ theirs }) => theirs === undefined,
    reason: "volumes that the image declares have names of ours, so that the next container finds them again",
  },
  {
    path: /\.alike-files-1\.(?:HostConfig\.)?Mounts\./,
    reason:
      "configs and secrets are files of the host with their owner and mode; docker compose binds files of the workstation, or copies them into the container",
  },
  {
    path: /\.alike-(?:reads|shares)-1\.Mounts\.[^.]+\.RW$/,
    is: ({ ours, theirs }) => ours === false && theirs === true,
    reason: "docker compose forgets that volumes of another service are read-only",
  },
  {
    path: /\.Mounts\.[^.]+\.Mode$/,
    is: ({ ours }) => ours === "z" || ours === "rw,rslave",
    reason: "an engine shows there how the mount was asked for; what it is stands beside it",
  },
  {
    path: /\.alike-binds-1\.HostConfig\.Mounts\.\/shared\.BindOptions\.CreateMountpoint$/,
    reason:
      "engines before 23 make a path with the old form of bind mounts alone, which docker compose does not know any more",
  },
];

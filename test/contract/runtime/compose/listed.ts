import { type Difference, isMap, type Json, textOf } from "./json.ts";

/** A difference to docker compose that stays, with its reason. */
export interface ListedDifference {
  readonly path: RegExp;
  readonly reason: string;
  /** What either has there: another difference in the same place is none of these. */
  readonly is: (difference: Difference) => boolean;
}

export function isListed(difference: Difference, { path, is }: ListedDifference): boolean {
  return path.test(difference.path) && is(difference);
}

/** Whether a value is one of these, as JSON. */
function isOneOf(value: Json | undefined, ...values: readonly (Json | undefined)[]): boolean {
  return values.some((one) => JSON.stringify(one) === JSON.stringify(value));
}

/** The other names of a container, as links of docker compose have them. */
function linksTo(container: string, ...aliases: readonly string[]): readonly string[] {
  return aliases.map((alias) => `${container}:${alias}`);
}

const address = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

/** Links of ours, and those of docker compose, by the container that has them. */
const links: Readonly<Record<string, { readonly ours: readonly string[]; readonly theirs: readonly string[] }>> = {
  "alike-linked-1": {
    ours: ["addressed:addressed", "alike-plain-1:old", "options:database"],
    theirs: [
      ...linksTo("alike-addressed-1", "addressed", "addressed-1", "alike-addressed-1"),
      ...linksTo("alike-options-1", "alike-options-1", "database", "options-1"),
      ...linksTo("alike-plain-1", "old"),
    ],
  },
  "alike-loose-1": {
    ours: ["plain:plain"],
    theirs: linksTo("alike-plain-1", "alike-plain-1", "plain", "plain-1"),
  },
};

/** A file that the agent keeps for a container. */
const keptFile = /\/files\/alike\/alike-files-1\/\d+$/;
const ownFile = /\/(?:asked|made)\/what-it-keeps-and-reads\/(?:file|key)\.txt$/;

/** A bind mount of a file that the agent keeps, which nobody writes to. */
function isKeptFile(mount: Json | undefined): boolean {
  if (!isMap(mount) || mount["Type"] !== "bind" || !keptFile.test(textOf(mount["Source"]))) return false;
  return mount["ReadOnly"] === true || mount["RW"] === false;
}

export const listedDifferences: readonly ListedDifference[] = [
  {
    path: /\.Attach(?:Stdout|Stderr)$/,
    is: ({ ours, theirs }) => isOneOf(ours, undefined, false) && theirs === true,
    reason: "nobody attaches to a container of ours: its output is in the log",
  },
  {
    path: /\.HostConfig\.ConsoleSize$/,
    is: ({ ours, theirs }) => ours === undefined && isOneOf(theirs, [0, 0]),
    reason: "it is no size",
  },
  {
    path: /\.HostConfig\.OomKillDisable$/,
    is: ({ ours, theirs }) => ours === undefined && theirs === false,
    reason: "it is what an engine does anyway",
  },
  {
    path: /\.CheckDuplicate$/,
    is: ({ ours, theirs }) => ours === true && theirs === undefined,
    reason: "engines before 25 have to be asked for it, later ones do it anyway",
  },
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
    is: ({ path, ours, theirs }) => {
      const known = links[path.split(".")[2] ?? ""];
      // Of a container as such only docker compose has links: ours are those of its networks.
      const own = path.includes(".HostConfig.") ? undefined : known?.ours;
      return known !== undefined && isOneOf(ours, own && [...own]) && isOneOf(theirs, [...known.theirs]);
    },
    reason:
      "links lead to the name of a service on the networks, and so to whichever container it has; docker compose's lead to the one that was there",
  },
  {
    path: /\.alike-joined-1\..*\.alike-by-name\.(?:IPAddress|IPv6Gateway)$/,
    is: ({ ours, theirs }) => isOneOf(ours, undefined, "") && isOneOf(theirs, "10.99.0.5", "fd00:99::5"),
    reason: "an engine sets them itself when it starts the container",
  },
  {
    path: /\.(?:Config|Networks\.alike_front)\.MacAddress$/,
    is: ({ ours, theirs }) =>
      (address.test(textOf(ours)) && theirs === undefined) || (ours === "" && address.test(textOf(theirs))),
    reason: "engines before 25 have one hardware address of the container, which docker compose does not know any more",
  },
  {
    path: /\.networks\.alike-by-name\.IPAM\.Options$/,
    is: ({ ours, theirs }) => isOneOf(ours, { a: "b" }) && theirs === undefined,
    reason: "docker compose forgets them",
  },
  {
    path: /\.alike-declared-1\.HostConfig\.Mounts(?:\.\/(?:also|declared))?$/,
    is: ({ path, ours, theirs }) => {
      const volume = (target: string): Json => ({ Type: "volume", Target: target });
      const both = { "/also": volume("/also"), "/declared": volume("/declared") };
      const target = /\/\w+$/.exec(path)?.[0];
      return isOneOf(ours, target === undefined ? both : volume(target)) && theirs === undefined;
    },
    reason: "volumes that the image declares have names of ours, so that the next container finds them again",
  },
  {
    path: /\.alike-files-1\.(?:HostConfig\.)?Mounts\.\/(?:etc\/one|run\/secrets\/(?:key|other))\.Source$/,
    is: ({ ours, theirs }) => keptFile.test(textOf(ours)) && ownFile.test(textOf(theirs)),
    reason:
      "configs and secrets are files of the host with their owner and mode; docker compose binds files of the workstation",
  },
  {
    path: /\.alike-files-1\.(?:HostConfig\.)?Mounts\.\/(?:absolute|text|two)$/,
    is: ({ ours, theirs }) => isKeptFile(ours) && theirs === undefined,
    reason: "configs and secrets without a file are files of the host; docker compose copies them into the container",
  },
  {
    path: /\.alike-(?:reads|shares)-1\.Mounts\.[^.]+\.RW$/,
    is: ({ ours, theirs }) => ours === false && theirs === true,
    reason: "docker compose forgets that volumes of another service are read-only",
  },
  {
    path: /\.Mounts\.[^.]+\.Mode$/,
    is: ({ ours, theirs }) =>
      (ours === "z" && isOneOf(theirs, "", "rw", "ro")) || (ours === "rw,rslave" && theirs === ""),
    reason: "an engine shows there how the mount was asked for; what it is stands beside it",
  },
  {
    path: /\.alike-binds-1\.HostConfig\.Mounts\.\/shared\.BindOptions\.CreateMountpoint$/,
    is: ({ ours, theirs }) => ours === true && theirs === undefined,
    reason:
      "engines before 23 make a path with the old form of bind mounts alone, which docker compose does not know any more",
  },
];

import { own } from "../own.ts";
import type { Path } from "../tree/node.ts";
import { isUnknown } from "../unknown.ts";
import { type Check, checkOf, declaredAt } from "./check.ts";
import { findCycles } from "./cycle.ts";
import type { Draft, DraftService, Reporting } from "../stages/draft.ts";
import { checkBuild } from "./build.ts";
import { checkLimits } from "./limits.ts";
import { fileWays, needsOneWay } from "../stages/file-ways.ts";
import { impliedDependencies } from "../stages/implied-dependencies.ts";
import { unusedResources } from "../stages/resources.ts";
import { checkContainerNames } from "./container-names.ts";
import { warnOfSurprises } from "./surprises/index.ts";

/** Checks what no single position can: references, cycles, conflicts between keys and between services. */
export function checkConsistency(draft: Draft, all: Draft, at: Reporting): void {
  const check = checkOf(draft, all, at);
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    checkImage(name, service, check);
    checkNetworks(name, service, check);
    checkDependencies(name, service, check);
    checkStorage(name, service, check);
    checkHealth(name, service, check);
    checkBuild(name, service, check);
    checkLimits(name, service, check);
  }
  checkResources(check);
  checkContainerNames(check);
  warnOfSurprises(check);
  for (const cycle of findCycles(draft)) {
    const [from = "", to = ""] = cycle;
    check.error(["services", from, "depends_on", to], {
      code: "dependency-cycle",
      message: `these services wait for each other: ${cycle.join(" -> ")}`,
      hint: "remove one of these dependencies",
    });
  }
}

/** Keys that give a service its image, or make it need none. `extends` is left where what it names could not be taken. */
const standIns = ["build", "provider", "extends"] as const;

function checkImage(name: string, service: DraftService, { lacks }: Check): void {
  if ((service.image ?? "") !== "" || standIns.some((key) => service[key] !== undefined)) return;
  lacks(["services", name], { keys: ["image", ...standIns], message: `services.${name} needs "image"` });
}

function checkDependencies(name: string, service: DraftService, check: Check): void {
  const { draft, all, error, guess } = check;
  let implied: ReadonlyMap<string, Path> | undefined;
  for (const [target, { required }] of Object.entries(service.depends_on ?? {})) {
    if (isUnknown(target)) continue;
    const dependency = own(draft.services, target);
    if (dependency === undefined) {
      const isDisabled = own(all.services, target) !== undefined;
      if (isDisabled && !required) continue;
      implied ??= impliedAt(name, service);
      const path = implied.get(target) ?? ["services", name, "depends_on", target];
      const shown = check.shown(path, target);
      error(path, {
        code: "undefined-reference",
        message: isDisabled
          ? `services.${name} depends on "${shown}", whose profile is not active`
          : String(path[2]) === "depends_on"
            ? `services.${name} depends on "${shown}", which is not a service`
            : `services.${name}.${String(path[2])} names "${shown}", which is not a service`,
        hint: isDisabled ? "activate its profile, or write required: false" : guess(target, all.services),
        from: isDisabled ? undefined : declaredAt("services", target),
      });
    }
  }
}

/** Where other keys than `depends_on` name services, by name: the first of each. */
function impliedAt(name: string, service: DraftService): ReadonlyMap<string, Path> {
  const { shared, linked, mounted } = impliedDependencies(service);
  const places = [...shared, ...linked, ...mounted].map(
    ({ target, path }) => [target, ["services", name, ...path]] as const,
  );
  return new Map(places.toReversed());
}

function checkNetworks(name: string, service: DraftService, { draft, error, shown, guess }: Check): void {
  const joined = Object.keys(service.networks ?? {});
  if (service.network_mode !== undefined && joined.length > 0) {
    error(["services", name, "network_mode"], {
      code: "conflict",
      message: `services.${name} has both "network_mode" and "networks"`,
      hint: "keep one of the two",
    });
  }
  const mode = ["services", name, "network_mode"];
  const [, shared] = /^service:(.*)$/s.exec(service.network_mode ?? "") ?? [];
  // A dependency that is not required may be missing; a network may not.
  if (shared !== undefined && !isUnknown(shared) && own(draft.services, shared) === undefined) {
    error(mode, {
      code: "undefined-reference",
      message: `services.${name}.network_mode names "${shown(mode, shared)}", which is not a service of the active profiles`,
      from: declaredAt("services", shared),
    });
  }
  for (const network of joined) {
    if (isDeclared(draft.networks, network)) continue;
    const path = ["services", name, "networks", network];
    // A list of names became a map: its items are the places of the keys.
    const text = shown(path, network);
    error(path, {
      code: "undefined-reference",
      message: `services.${name} joins the network "${text}", which is not declared`,
      hint: guess(network, draft.networks) ?? `declare it: networks: { ${text}: {} }`,
      // Beside a mode there are to be no networks at all.
      from: [...declaredAt("networks", network), mode, path],
    });
  }
}

/** `networks: { front: }` declares a network with a null value. */
function isDeclared(resources: Readonly<Record<string, unknown>> | undefined, key: string): boolean {
  return resources !== undefined && Object.hasOwn(resources, key);
}

function checkStorage(name: string, service: DraftService, { draft, error, shown, guess }: Check): void {
  const targets = new Map<string, string>();
  const claim = (target: string, path: readonly (string | number)[]): void => {
    const earlier = targets.get(target);
    targets.set(target, earlier ?? path.slice(2).join(" "));
    if (earlier === undefined || isUnknown(target)) return;
    error(path, {
      code: "duplicate",
      message: `${shown(path, target)} is a mount target of services.${name} twice`,
      hint: "remove one of the two",
    });
  };
  service.tmpfs?.forEach((entry, index) => {
    claim(entry.split(":")[0] ?? "", ["services", name, "tmpfs", index]);
  });
  service.volumes?.forEach((mount, index) => {
    const path = ["services", name, "volumes", index];
    claim(mount.target ?? "", [...path, "target"]);
    if (mount.type !== "volume" || mount.source === undefined || mount.source === "") return;
    if (isUnknown(mount.source) || isDeclared(draft.volumes, mount.source)) return;
    const source = shown([...path, "source"], mount.source);
    error(path, {
      code: "undefined-reference",
      message: `services.${name} mounts the volume "${source}", which is not declared`,
      hint:
        guess(mount.source, draft.volumes) ??
        `declare it: volumes: { ${source}: {} }; a path of the host begins with "./" or "/"`,
      from: declaredAt("volumes", mount.source),
    });
  });
  for (const model of Object.keys(service.models ?? {})) {
    if (isDeclared(draft.models, model)) continue;
    const path = ["services", name, "models", model];
    error(path, {
      code: "undefined-reference",
      message: `services.${name} uses "${shown(path, model)}", which is not declared under models`,
      hint: guess(model, draft.models),
      from: declaredAt("models", model),
    });
  }
  for (const kind of ["configs", "secrets"] as const) {
    service[kind]?.forEach(({ source = "" }: { source?: string }, index) => {
      if (isUnknown(source) || own<unknown>(draft[kind], source) !== undefined) return;
      const path = ["services", name, kind, index];
      const text = shown([...path, "source"], source);
      error(path, {
        code: "undefined-reference",
        message:
          source === ""
            ? `services.${name}.${kind}[${index}] needs "source", a name that is declared under ${kind}`
            : `services.${name} uses "${text}", which is not declared under ${kind}`,
        hint: guess(source, draft[kind]),
        from: [...declaredAt(kind, source), path],
      });
    });
  }
}

function checkHealth(name: string, service: DraftService, { error, shown }: Check): void {
  const kind = service.healthcheck?.test?.[0];
  if (kind === undefined || isUnknown(kind) || ["CMD", "CMD-SHELL", "NONE"].includes(kind)) return;
  const path = ["services", name, "healthcheck", "test"];
  error(path, {
    code: "invalid-value",
    message: `services.${name}.healthcheck.test must begin with CMD, CMD-SHELL or NONE, not "${shown([...path, 0], kind)}"`,
    hint: "a string runs in a shell; a list needs one of the three words first",
    from: [path],
  });
}

function checkResources({ draft, all, lacks, warning }: Check): void {
  for (const [kind, names] of Object.entries(unusedResources(all))) {
    for (const name of names) {
      warning([kind, name], { code: "no-effect", message: `no service uses ${kind}.${name}` });
    }
  }
  for (const [key, secret] of Object.entries(draft.secrets ?? {})) {
    // What is given and empty is nothing here.
    if (secret.external === true || fileWays.secrets.some((way) => secret[way] !== undefined)) continue;
    const path = ["secrets", key];
    lacks(path, { keys: fileWays.secrets, message: needsOneWay(path, "secrets") });
  }
}

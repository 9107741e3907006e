/**
 * Two models that mean the same are made equal: what docker compose prints of empty Go structs is dropped, `$$` is `$` again,
 * the keys of `blkio_config` are written as in the file; of ours, what it does not print: `x-` keys below the top level,
 * and in its JSON `models`.
 */
export function normaliseOracle(value: unknown): unknown {
  return tidy(undouble(value));
}

export function normaliseOurs(value: unknown): unknown {
  const kept = dropExtensions(value, 0);
  return tidy(isObject(kept) ? omit(kept, "models") : kept);
}

/** What `config` prints: dollar signs of its values are doubled, those of names are not. */
export function normalisePrinted(value: unknown): unknown {
  return normaliseOurs(undoubleValues(value));
}

/** The same as YAML, which has every `x-` key, and `models`. */
export function normalisePrintedYaml(value: unknown): unknown {
  return tidy(undoubleValues(value));
}

/** Where variables are not put in, nothing is printed by Go structs. What a secret holds is not for us to print. */
export function normaliseTemplates(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normaliseTemplates);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "x-#value");
  return Object.fromEntries(kept.map(([key, below]) => [key, normaliseTemplates(below)]));
}

/** The same as docker compose prints it as YAML: a list of Go that was not made has no items there, and is null as JSON. */
export function asYaml(template: unknown): unknown {
  const listOf = (value: Json, key: string): Json => (value[key] === null ? { ...value, [key]: [] } : value);
  const ofService = (service: unknown): unknown => {
    if (!isObject(service)) return service;
    const { build } = service;
    return listOf({ ...service, ...(isObject(build) && { build: listOf(build, "args") }) }, "environment");
  };
  if (!isObject(template) || template["services"] === undefined) return template;
  return { ...template, services: map(template["services"], ofService) };
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function map(
  value: unknown,
  change: (value: unknown) => unknown,
  rename: (key: string) => string = (key) => key,
): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [rename(key), change(below)]));
}

/** Every dollar sign of its output is doubled, also in keys. */
function undouble(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$$", "$");
  return map(value, undouble, (key) => key.replaceAll("$$", "$"));
}

function undoubleValues(value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("$$", "$") : map(value, undoubleValues);
}

function dropExtensions(value: unknown, depth: number): unknown {
  if (!isObject(value)) return Array.isArray(value) ? value.map((item) => dropExtensions(item, depth + 1)) : value;
  // Under the top level come names, and under those the keys of services, networks and the like.
  const isNames = depth === 1;
  const kept = Object.entries(value).filter(([key]) => isNames || depth === 0 || depth > 2 || !key.startsWith("x-"));
  return Object.fromEntries(
    kept.map(([key, below]) => [key, key.startsWith("x-") && depth === 0 ? below : dropExtensions(below, depth + 1)]),
  );
}

function tidy(value: unknown): unknown {
  if (!isObject(value)) return value;
  const sections = ["services", "networks", "volumes", "configs", "secrets"];
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, section]) => {
      if (key === "services" && section === null) return [["services", {}]];
      if (!sections.includes(key) || !isObject(section)) return [[key, section]];
      return [[key, Object.fromEntries(Object.entries(section).map(([name, one]) => [name, tidyEntry(key, one)]))]];
    }),
  );
}

function tidyEntry(section: string, entry: unknown): unknown {
  if (!isObject(entry)) return entry;
  if (section === "services") return tidyService(entry);
  // An empty name is printed as none.
  const named = Object.fromEntries(Object.entries(entry).filter(([key, value]) => key !== "name" || value !== ""));
  return section === "networks" ? without(named, "ipam") : named;
}

function omit(value: Json, name: string): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}

/** Without a key whose map is empty. */
function without(value: Json, ...keys: readonly string[]): Json {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, below]) => !keys.includes(key) || !isObject(below) || Object.keys(below).length > 0,
    ),
  );
}

function tidyService(service: Json): Json {
  // There is a key that docker compose checks and forgets.
  const rest = omit(service, "pull_refresh_after");
  const { ulimits } = rest;
  return {
    ...rest,
    ...(isObject(ulimits) ? { ulimits: map(ulimits, tidyLimit) } : {}),
    ...(isObject(rest["deploy"]) ? { deploy: without(rest["deploy"], "resources", "placement") } : {}),
    ...(isObject(rest["blkio_config"]) ? { blkio_config: lowerKeys(rest["blkio_config"]) } : {}),
    ...(isObject(rest["develop"]) ? { develop: tidyDevelop(rest["develop"]) } : {}),
    ...(isObject(rest["build"]) ? { build: tidyBuild(rest["build"]) } : {}),
  };
}

/** A limit of nothing is printed as nothing. */
function tidyLimit(limit: unknown): unknown {
  if (limit === 0) return {};
  return isObject(limit) ? Object.fromEntries(Object.entries(limit).filter(([, value]) => value !== 0)) : limit;
}

function lowerKeys(value: unknown): unknown {
  return map(value, lowerKeys, (key) => key.toLowerCase());
}

function tidyDevelop(develop: Json): Json {
  const watch = develop["watch"];
  if (!Array.isArray(watch)) return develop;
  return { ...develop, watch: watch.map((rule: unknown) => (isObject(rule) ? tidyWatch(rule) : rule)) };
}

function tidyWatch(rule: Json): Json {
  const { exec } = rule;
  const isNothing = isObject(exec) && Object.values(exec).every((value) => value === null);
  return Object.fromEntries(Object.entries(rule).filter(([key]) => key !== "exec" || !isNothing));
}

/** SSH keys are printed in the order of a Go map, which is none. */
function tidyBuild(build: Json): Json {
  const { ssh, ulimits, ...others } = build;
  const rest = { ...others, ...(isObject(ulimits) ? { ulimits: map(ulimits, tidyLimit) } : {}) };
  if (ssh === undefined) return rest;
  return { ...rest, ssh: Array.isArray(ssh) ? ssh.toSorted() : ssh };
}

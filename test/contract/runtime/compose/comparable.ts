import * as z from "zod";
import { changed, isMap, type Json, type JsonMap, textOf } from "./json.ts";
import type { Asked } from "./recorder.ts";
import type { Made } from "./tools.ts";

/** Lists without an order: docker compose makes some of them of maps, whose order Go leaves to chance. */
const unordered = ["Aliases", "Env", "ExtraHosts", "Links", "SecurityOpt", "Ulimits"];

/** Labels of either tool. */
const toolLabel = /^(?:com\.docker\.compose|dev\.stackhouse)\./;

const identity = z.object({ Id: z.string(), Name: z.string() });

/** What the engine shows of its own accord: when, where and under which ids. */
const ofEngine = ["Created", "CreatedAt", "GraphDriver", "Id", "State"];

/** Address pools that the engine chooses where nobody gives any. */
const chosenPool = /^(?:172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d+\.\d+(?:\/\d+)?$/;

/** What was made, but for when it was and what the engine calls it: ids stand as the names of what has them. */
export function comparableMade(made: Made): Made {
  const ids = [made.containers, made.networks]
    .flatMap((objects) => Object.values(objects))
    .map((object) => identity.parse(object))
    .flatMap(({ Id: id, Name: name }): [string, string][] => [
      [id, `<${name.replace(/^\//, "")}>`],
      [id.slice(0, 12), `<${name.replace(/^\//, "")}>`],
    ]);
  const named = (objects: JsonMap): JsonMap => {
    const text = ids.reduce((found, [id, name]) => found.replaceAll(id, name), JSON.stringify(objects));
    return z.record(z.string(), z.json()).parse(JSON.parse(text));
  };
  const comparable = (objects: JsonMap): JsonMap => {
    const entries = Object.entries(named(objects)).map(([name, object]): [string, Json] => {
      const own = isMap(object) ? Object.entries(object).filter(([key]) => !ofEngine.includes(key)) : [];
      return [name, tidy(Object.fromEntries(own))];
    });
    return Object.fromEntries(entries);
  };
  return {
    containers: comparable(made.containers),
    networks: comparable(made.networks),
    volumes: comparable(made.volumes),
  };
}

/** A value of Go that is none where it is zero. Elsewhere zero is another thing than nothing. */
const pointers = ["EnableIPv4", "EnableIPv6", "Init", "MemorySwappiness", "OomKillDisable", "PidsLimit", "StopTimeout"];

/** What was asked for: what is zero was not. */
export function comparableAsked(asked: Asked): Asked {
  const bare = (objects: JsonMap): Record<string, JsonMap> =>
    Object.fromEntries(
      Object.entries(objects).map(([name, body]) => {
        const kept = changed(tidy(body), (value, key) => {
          const isZero = value === "" || value === 0 || value === false;
          return isZero && !pointers.includes(key) && key !== "[]" ? undefined : emptyOr(value);
        });
        return [name, isMap(kept) ? kept : {}];
      }),
    );
  return { containers: bare(asked.containers), networks: bare(asked.networks), volumes: bare(asked.volumes) };
}

function tidy(value: Json): Json {
  const kept = changed(value, (one, key) => {
    if (Array.isArray(one) && unordered.includes(key)) return emptyOr(sorted(one));
    if (key === "HostConfig" && isMap(one)) return mountsTogether(one);
    if (key === "Mounts" && Array.isArray(one)) return byTarget(one);
    if (key === "Labels" && isMap(one)) {
      return emptyOr(Object.fromEntries(Object.entries(one).filter(([name]) => !toolLabel.test(name))));
    }
    if (typeof one === "string") return tidyText(one, key);
    return emptyOr(one);
  });
  return kept ?? null;
}

function tidyText(text: string, key: string): string {
  if ((key === "Subnet" || key === "Gateway") && chosenPool.test(text)) return "<chosen>";
  // Ids have been replaced: what is left are names of anonymous volumes.
  return text.replaceAll(/\b[0-9a-f]{64}\b/g, "<anonymous>");
}

/** Go prints nothing as null, as an empty list or as an empty map. */
function emptyOr(value: Json): Json | undefined {
  if (value === null) return undefined;
  if (typeof value !== "object") return value;
  return Object.keys(value).length === 0 ? undefined : value;
}

function sorted(items: readonly Json[]): Json[] {
  const text = (item: Json): string => (isMap(item) ? textOf(item["Name"]) : JSON.stringify(item));
  return items.toSorted((one, other) => (text(one) < text(other) ? -1 : 1));
}

function byTarget(mounts: readonly Json[]): Json | undefined {
  const entries = mounts.filter(isMap).map((mount): [string, Json] => {
    const isAnonymous = mount["Source"] === "<anonymous>";
    const { Source: source, ...rest } = mount;
    return [
      textOf(mount["Destination"] ?? mount["Target"]),
      isAnonymous || source === undefined ? rest : { ...rest, Source: source },
    ];
  });
  return emptyOr(Object.fromEntries(entries));
}

/** The old form of mounts as the new one: a path of the host that is made where it is missing, or a volume. */
function mountsTogether(hostConfig: JsonMap): JsonMap & Json {
  const { Binds: binds, Mounts: mounts, ...rest } = hostConfig;
  const old = Array.isArray(binds) ? byTarget(binds.map(mountOf)) : undefined;
  return { ...rest, Mounts: { ...(isMap(old) ? old : {}), ...(isMap(mounts) ? mounts : {}) } };
}

function mountOf(bind: Json): Json {
  const [source = "", target = "", mode = ""] = textOf(bind).split(":");
  const options = mode.split(",");
  const common = { Source: source, Target: target, ...(options.includes("ro") ? { ReadOnly: true } : {}) };
  if (!source.startsWith("/")) {
    return { ...common, Type: "volume", ...(options.includes("nocopy") ? { VolumeOptions: { NoCopy: true } } : {}) };
  }
  const propagation = options.find((option) => /^r?(?:private|shared|slave)$/.test(option));
  const selinux = options.find((option) => option === "z" || option === "Z");
  return {
    ...common,
    Type: "bind",
    BindOptions: {
      CreateMountpoint: true,
      ...(propagation === undefined ? {} : { Propagation: propagation }),
      ...(selinux === undefined ? {} : { SELinux: selinux }),
    },
  };
}

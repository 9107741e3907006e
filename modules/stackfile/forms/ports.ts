import { otherItem } from "./collections.ts";
import { childOf, isShown, mapAt, type Node, scalarAt, shownAt, shownScalar } from "../tree/node.ts";
import { printPath } from "../tree/diagnostics.ts";
import type { At } from "../shapes/at.ts";
import { quoteIt } from "../tree/quoting.ts";
import { written } from "../tree/within.ts";
import { isText } from "./scalars.ts";

interface ParsedPort {
  readonly target: number;
  readonly published: string | undefined;
  readonly hostIp: string | undefined;
  readonly protocol: string;
}

/** As many as an address has of a protocol: what the ranges of an app may stand for. */
export const mostPorts = 65_536;

/** Why a text stands for no ports. */
interface NoPort {
  readonly problem: string;
  readonly hint: string;
}

const howTo = 'write "HOST:CONTAINER", as in "8080:80", "127.0.0.1:8080:80" or "8000-8001:80-81/udp"';

function noPort(problem: string): NoPort {
  return { problem, hint: howTo };
}

/** `[[IP:]HOST:]CONTAINER[/PROTOCOL]` with ranges becomes one long form a port, sorted as strings, as Compose has it. */
export function expandPort(item: Node, at: At): readonly Node[] {
  if (item.kind !== "scalar" || typeof item.value === "boolean" || item.value === null) return [item];
  const text = String(item.value);
  const budget = at.reports.portBudget;
  const parsed =
    item.go === undefined ? parsePorts(text, budget?.left) : noPort(`${written(item.place)} is not a port`);
  if ("problem" in parsed) {
    if (at.leavesTexts && isText(item)) return [item];
    const problem = isShown(item) ? parsed.problem : `"${shownScalar(item)}" does not give a port`;
    const message = `${printPath(at.path)}: ${problem}`;
    // To YAML 1.1 some numbers with a zero before them are none that are whole.
    const unquoted = item.go !== undefined && isPort(written(item.place));
    const hint = unquoted ? quoteIt(item) : parsed.hint;
    at.diagnostics.error(item.place, at.path, { code: "invalid-value", message, hint });
    return [];
  }
  budget?.take(parsed.length);
  return parsed
    .map((port) => ({ port, key: String(port.target) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ port }) =>
      mapAt(item.place, {
        mode: "ingress",
        host_ip: port.hostIp,
        // Compose leaves a zero out.
        target: port.target === 0 ? undefined : port.target,
        published: port.published,
        protocol: port.protocol,
      }),
    );
}

function isPort(text: string): boolean {
  return !("problem" in parsePorts(text, 1));
}

/** An empty host port is not the same as none. */
const notGiven = "\0";

/**
 * Two entries are one port when they agree in host address, host port, container port and protocol, or are written the same.
 * A port that is a number is not the same as one that is a string.
 */
export function portIdentity(item: Node, at: At): string | undefined {
  if (item.kind === "scalar") {
    const isSame = isText(item) || (typeof item.value === "number" && item.go === undefined);
    return isSame ? String(item.value) : otherItem;
  }
  if (item.kind !== "map") return otherItem;
  if (!item.entries.has("target")) {
    // Of a short form, all entries are in its place, and the port is there: a zero.
    const isShort = [...item.entries.values()].some(({ keyPlace }) => keyPlace === item.place);
    if (isShort)
      at.diagnostics.lacks(item.place, at.path, {
        keys: ["target"],
        message: `${printPath(at.path)}: no container has a port 0`,
      });
    else at.diagnostics.missing(item.place, at.path, "target");
    return undefined;
  }
  const part = (key: string, absent: string): string => String(scalarAt(item, key) ?? absent);
  const published = childOf(item, "published");
  const target = scalarAt(item, "target");
  return [
    part("host_ip", "0.0.0.0"),
    published?.kind === "scalar" && typeof published.value === "number"
      ? `${published.go ?? "int"} ${published.value}`
      : part("published", notGiven),
    // A number, once variables were put in.
    typeof target === "string" ? `text ${target}` : String(target ?? ""),
    part("protocol", "tcp"),
  ].join(" ");
}

/** A port in the short form, whatever form it is written in. */
export function shownPort(item: Node): string {
  if (item.kind !== "map") return item.kind === "scalar" ? shownScalar(item) : "a port";
  // Of a short form, every part is in the place of the whole.
  const isShort = childOf(item, "target")?.place === item.place;
  if (isShort && written(item.place).includes("$")) return shownAt(item, "target");
  const part = (key: string): string => shownAt(item, key);
  const [address, published, protocol] = [part("host_ip"), part("published"), part("protocol")];
  const host = address.includes(":") ? `[${address}]` : address;
  return [
    host === "" ? "" : `${host}:`,
    host === "" && published === "" ? "" : `${published}:`,
    part("target"),
    protocol === "" || protocol === "tcp" ? "" : `/${protocol}`,
  ].join("");
}

/** The ports of a short form, or why it is none. `most`: how many they may be. */
export function parsePorts(spec: string, most = Infinity): readonly ParsedPort[] | NoPort {
  const parts = spec.split(":");
  const containerPart = parts.pop() ?? "";
  const hostPart = parts.pop();
  const ip = parts.join(":");
  const slash = containerPart.indexOf("/");
  const containerRange = slash === -1 ? containerPart : containerPart.slice(0, slash);
  const rawProtocol = slash === -1 ? "tcp" : containerPart.slice(slash + 1);
  const protocol = (rawProtocol === "" ? "tcp" : rawProtocol).toLowerCase();
  if (containerRange === "") return noPort(`"${spec}" names no container port`);
  if (!["tcp", "udp", "sctp"].includes(protocol)) return noPort(`"${rawProtocol}" is not a protocol`);
  const hostIp = /^\[(.*)\]$/.exec(ip)?.[1] ?? ip;
  if (hostIp !== "" && !isIpAddress(hostIp)) return noPort(`"${ip}" is not an IP address`);
  const container = parseRange(containerRange);
  if (container === undefined) return noPort(`"${containerRange}" is not a container port`);
  const host = hostPart === undefined || hostPart === "" ? undefined : parseRange(hostPart);
  if (host === undefined && hostPart !== undefined && hostPart !== "")
    return noPort(`"${hostPart}" is not a host port`);
  const count = container.end - container.start + 1;
  if (host !== undefined && count > 1 && host.end - host.start + 1 !== count) {
    return noPort(`the ranges ${hostPart ?? ""} and ${containerRange} have different lengths`);
  }
  if (count > most) {
    return {
      problem: `an app may have ${mostPorts} ports, and "${spec}" goes beyond that`,
      hint: "publish fewer, or give the service the host's network: network_mode: host, without ports",
    };
  }
  return Array.from({ length: count }, (_, index) => ({
    target: container.start + index,
    published: host === undefined ? undefined : publishedOf(host, index, count),
    hostIp: hostIp === "" ? undefined : hostIp,
    protocol,
  }));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function publishedOf(host: Range, index: number, count: number): string {
  // One container port and a range of host ports: the engine takes a free one of the range.
  return count === 1 && host.end > host.start ? `${host.start}-${host.end}` : String(host.start + index);
}

function parseRange(text: string): Range | undefined {
  const [, first, last] = /^\+?(\d+)(?:-\+?(\d+))?$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  const start = Number(first);
  const end = last === undefined ? start : Number(last);
  return start <= end && end <= 65_535 ? { start, end } : undefined;
}

const portNumber = "0*(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])";
const anyProtocol = "[tT][cC][pP]|[uU][dD][pP]|[sS][cC][tT][pP]";

/** What `expose` names: a port, or a range of them. */
export const exposedPort = {
  matches: new RegExp(`^(${portNumber})(?:-(${portNumber}))?(?:/(${anyProtocol}))?$`),
  expected: 'a port or a range of ports such as "8000-8010/udp"',
};

/** What the long form publishes: a port of the host, or a range that the engine chooses from; of all that are free with 0. */
export const publishedPort = {
  matches: new RegExp(`^(?:0+|${portNumber})(?:-${portNumber})?$`),
  expected: 'a port or a range of ports such as "8000-8010"',
};

/** Ports that a container listens on; none where the last comes before the first. */
export interface ExposedPorts extends Range {
  readonly protocol: string;
}

/** The ports of an item of `expose`; undefined where it names none. Source: moby, api/types/network, `ParsePortRange`. */
export function parseExposed(text: string): ExposedPorts | undefined {
  const [, first, last = first, protocol = "tcp"] = exposedPort.matches.exec(text) ?? [];
  if (first === undefined) return undefined;
  return { start: Number(first), end: Number(last), protocol: protocol.toLowerCase() };
}

export function isIpAddress(text: string): boolean {
  if (text.includes(":")) return isIpv6Address(text);
  const octets = text.split(".");
  return octets.length === 4 && octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
}

function isIpv6Address(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || !text.includes(":")) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  const embedded = last.includes(".") && isIpAddress(last);
  const plain = embedded ? groups.slice(0, -1) : groups;
  const length = plain.length + (embedded ? 2 : 0);
  return plain.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) && (halves.length === 2 ? length < 8 : length === 8);
}

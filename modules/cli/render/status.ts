import { appTitle, logsCommand } from "../deployed/app-title.ts";
import type { AppView, HostView } from "../deployed/observe.ts";
import type { DeployedResource } from "../deployed/state.ts";
import type { ContainerStatus, ServiceStatus } from "../../protocol/app.ts";
import { wayBackTo } from "../../protocol/host.ts";
import { own } from "../../stackfile/own.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { count, cut, oneLine } from "./text.ts";
import { shortType } from "./tree.ts";

/** All that `status` found. */
export interface StatusView {
  readonly title: string;
  readonly hosts: readonly HostView[];
  readonly apps: readonly AppView[];
  readonly resources: readonly DeployedResource[];
}

/** Hosts, services with their URLs, what is wrong, and what to do next. */
export function statusLines(view: StatusView, style: Style): string[] {
  const sections = [
    [
      `${style.strong(view.title)}: ${count(view.resources.filter(({ kind }) => kind === "resource").length, "resource")}`,
    ],
    hostLines(view.hosts, style),
    serviceLines(view.apps, style),
    problemLines(view, style),
    nextLines(view).map(style.commands),
  ];
  return sections.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

function hostLines(hosts: readonly HostView[], style: Style): string[] {
  if (hosts.length === 0) return [];
  const rows = hosts.map((host) => {
    if (host.state !== "answers") return [host.name, style.bad(host.state), host.address];
    const { version, runtime } = host.agent;
    return [
      host.name,
      style.good("answers"),
      host.address,
      `${version} on ${runtime.kind} ${runtime.version}`,
      host.machine,
    ];
  });
  return table(["HOST", "STATE", "SSH", "AGENT", "MACHINE"], rows, style);
}

function serviceLines(apps: readonly AppView[], style: Style): string[] {
  const all = apps.map(({ app }) => app);
  const rows = apps.flatMap(({ app, host, status }) => {
    const names = new Set([...Object.keys(status?.services ?? {}), ...Object.keys(app.services)]);
    return [...names].map((name) => {
      const service = own(status?.services, name);
      const where = own(app.services, name)?.url ?? "";
      return [
        appTitle(app, all),
        name,
        stateText(service, style),
        healthText(service),
        containersText(service),
        host,
        style.accent(where),
      ];
    });
  });
  return rows.length === 0
    ? []
    : table(["APP", "SERVICE", "STATE", "HEALTH", "CONTAINERS", "HOST", "URL"], rows, style);
}

function stateText(service: ServiceStatus | undefined, style: Style): string {
  if (service === undefined) return style.warn("unknown");
  switch (service.state) {
    case "running":
    case "completed":
      return style.good(service.state);
    case "starting":
      return style.warn(service.state);
    case "unhealthy":
    case "stopped":
    case "absent":
      return style.bad(service.state);
  }
}

function healthText(service: ServiceStatus | undefined): string {
  const found = new Set((service?.containers ?? []).map(({ health }) => health));
  found.delete("none");
  return [...found].join(", ") || "-";
}

function containersText(service: ServiceStatus | undefined): string {
  if (service === undefined) return "-";
  const running = service.containers.filter(({ state }) => state === "running").length;
  return `${running}/${service.containers.length}`;
}

function problemLines({ hosts, apps, resources }: StatusView, style: Style): string[] {
  const ofHosts = hosts.flatMap((host) =>
    host.state === "answers" ? [] : [`${host.name} is ${host.state}: ${cut(oneLine(host.problem), 300)}`],
  );
  const all = apps.map(({ app }) => app);
  const ofApps = apps.flatMap(({ app, problem }) =>
    problem === undefined ? [] : [`${appTitle(app, all)}: ${cut(oneLine(problem), 300)}`],
  );
  const ofServices = apps.flatMap(({ app, status }) =>
    Object.entries(status?.services ?? {})
      .filter(([, { state }]) => state === "absent")
      .map(([service]) => `${appTitle(app, all)}: the container of ${service} is gone`),
  );
  const ofResources = resources
    .filter(({ initErrors }) => initErrors.length > 0)
    .flatMap(({ type, name, initErrors }) => [
      `${style.bad("!")} ${shortType(type)} ${name} is half-made: the last up ended with`,
      ...head(initErrors.flatMap((error) => error.split("\n"))).map((line) => `    ${cut(oneLine(line), 200)}`),
    ]);
  return [...[...ofHosts, ...ofApps, ...ofServices].map((line) => `${style.bad("!")} ${line}`), ...ofResources];
}

const mostErrorLines = 8;

/** The first lines of an error: it may end with a long log. */
function head(lines: readonly string[]): readonly string[] {
  const left = lines.length - mostErrorLines;
  return left <= 0 ? lines : [...lines.slice(0, mostErrorLines), `… ${count(left, "more line")}`];
}

function nextLines(view: StatusView): string[] {
  const off = view.hosts.filter((host) => "next" in host);
  const [only] = off;
  if (off.length > 1) return ["Next: stackhouse up brings them back, with their disks where those are still there"];
  if (only !== undefined) return [`Next: ${only.next}`];
  const silent = view.hosts.find(({ state }) => state === "unreachable");
  if (silent !== undefined) return [`Next: ${wayBackTo(silent)}`];
  const isHalfMade = view.resources.some(({ initErrors }) => initErrors.length > 0);
  if (isHalfMade || view.apps.some(({ problem }) => problem !== undefined)) return ["Next: stackhouse up repairs it"];
  const sick = view.apps.flatMap(({ app, status }) =>
    Object.entries(status?.services ?? {})
      .filter(([, { state }]) => state !== "running" && state !== "completed")
      .map(([service, { state }]) => ({ app, service, state })),
  );
  if (sick.some(({ state }) => state === "absent")) return ["Next: stackhouse up repairs it"];
  const [first] = sick;
  if (first === undefined) return [`Next: ${wellNext(view)}`];
  return [`Next: ${logsCommand(first.app, { service: first.service, all: view.apps.map(({ app }) => app) })}`];
}

function wellNext({ apps, hosts }: StatusView): string {
  if (apps.length > 0) return "stackhouse logs -f, stackhouse exec SERVICE sh";
  return hosts.length > 0 ? "stackhouse ssh" : "stackhouse preview";
}

/** The same for a script. No key is in it. */
export function statusJson({ title, hosts, apps, resources }: StatusView) {
  return {
    stack: title,
    deployed: true,
    hosts,
    apps: apps.map(({ app, host, status, problem }) => ({
      name: app.name,
      resource: app.resource,
      host,
      release: status?.release ?? app.release,
      problem,
      services: Object.fromEntries(
        Object.entries(status?.services ?? {}).map(([name, { state, containers }]) => [
          name,
          { state, ...own(app.services, name), containers: containers.map(containerJson) },
        ]),
      ),
      volumes: status?.volumes ?? app.volumes,
    })),
    resources,
  };
}

function containerJson({ name, image, imageDigest, state, health, exitCode, startedAt }: ContainerStatus) {
  return { name, image, imageDigest, state, health, exitCode, startedAt };
}

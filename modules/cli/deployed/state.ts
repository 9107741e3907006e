import * as z from "zod";
import { StackhouseError } from "../../base/errors.ts";
import { parseUrn } from "../../base/urn.ts";
import type { RunView } from "../../engine/index.ts";
import { idFromInputs } from "../../provider/resources/ids.ts";
import { revealSecrets } from "../../engine/secrets.ts";
import { hostConnectionSchema, type HostConnection } from "../../protocol/host.ts";

/** A resource of the Pulumi stack, as `status` lists it. */
export interface DeployedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly kind: "resource" | "component";
  /** Errors that the last run left: the resource is half-made, or its create has not ended. */
  readonly initErrors: readonly string[];
  /** The engine refuses to delete it. */
  readonly protect: boolean;
}

/** A host that the Pulumi stack knows how to reach. */
export interface DeployedHost {
  /** Fingerprint of its host key. */
  readonly hostId: string;
  /** As the program calls it. */
  readonly name: string;
  readonly connection: HostConnection;
  /** Id of the local VM that it is, where it is one. */
  readonly vmId?: string;
  /** Version of the host agent, where it is installed. */
  readonly agentVersion?: string;
}

export interface DeployedService {
  /** As the host saw it when the run ended. */
  readonly state?: string | undefined;
  readonly url: string;
  readonly ports: readonly { address: string; port: number; target: number; protocol: "tcp" | "udp" }[];
}

export interface DeployedApp {
  /** The app's name on its host. */
  readonly name: string;
  /** As the program calls it. */
  readonly resource: string;
  readonly hostId: string;
  readonly connection: HostConnection;
  readonly release?: string | undefined;
  /** Keys of its named volumes. */
  readonly volumes: readonly string[];
  /** What the last run knew of each service. */
  readonly services: Readonly<Record<string, DeployedService>>;
}

/** What a Pulumi stack has deployed, whatever program made it. */
export interface Deployed {
  readonly resources: readonly DeployedResource[];
  readonly hosts: readonly DeployedHost[];
  readonly apps: readonly DeployedApp[];
}

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  parent: z.string().optional(),
  custom: z.boolean().optional(),
  delete: z.boolean().optional(),
  initErrors: z.array(z.string()).optional(),
  protect: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});
type StoredResource = z.infer<typeof resourceSchema>;
const pendingSchema = z.object({ type: z.string(), resource: resourceSchema });
const stateSchema = z.object({
  deployment: z
    .object({
      resources: z.array(resourceSchema).nullish(),
      pending_operations: z.array(pendingSchema).nullish(),
    })
    .nullish(),
});

/** What `up` shows of an app. */
export type AppResult = Pick<DeployedApp, "name" | "resource" | "release" | "services">;

const vmSchema = z.object({ vmId: z.string(), hostId: z.string(), connection: hostConnectionSchema });
const agentSchema = z.object({ hostId: z.string(), connection: hostConnectionSchema, version: z.string().optional() });
const appResultSchema = z.object({
  name: z.string(),
  release: z.string().optional(),
  services: z
    .record(
      z.string(),
      z.object({
        state: z.string().optional(),
        url: z.string(),
        ports: z.array(
          z.object({
            address: z.string(),
            port: z.number(),
            target: z.number(),
            protocol: z.enum(["tcp", "udp"]),
          }),
        ),
      }),
    )
    .default({}),
});
const appSchema = appResultSchema.extend({
  hostId: z.string(),
  connection: hostConnectionSchema,
  volumes: z.array(z.string()).default([]),
});

/**
 * Reads what `pulumi stack export` gives, secrets in plain text. Resources that are half-made and miss what is needed to
 * reach them are listed, but are no hosts or apps.
 */
export function decodeState(exported: unknown): Deployed {
  const parsed = stateSchema.safeParse(exported);
  if (!parsed.success) {
    throw new StackhouseError(
      "internal",
      `the state of the Pulumi stack is not readable: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { resources, pending_operations: pending } = parsed.data.deployment ?? {};
  const made = (resources ?? []).filter((resource) => resource.delete !== true);
  const all = [...made, ...cutCreates(made, pending ?? [])].map((resource) => ({
    ...resource,
    name: parseUrn(resource.urn).name,
    outputs: revealSecrets(resource.outputs ?? {}),
  }));
  const ofType = <T>(type: string, schema: z.ZodType<T>): (T & { resource: string; host: string })[] =>
    all
      .filter((resource) => resource.type === `stackhouse:index:${type}`)
      .flatMap(({ name, parent, outputs }) => {
        const decoded = schema.safeParse(outputs);
        return decoded.success ? [{ ...decoded.data, resource: name, host: hostNameFrom(parent) ?? name }] : [];
      });
  const agents = ofType("Agent", agentSchema);
  const vms = ofType("Vm", vmSchema);
  return {
    resources: all
      .filter(({ type }) => type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"))
      .map(({ urn, type, name, custom, initErrors, protect }) => ({
        urn,
        type,
        name,
        kind: custom === true ? "resource" : "component",
        initErrors: initErrors ?? [],
        protect: protect ?? false,
      })),
    hosts: hostsOf(vms, agents),
    apps: ofType("App", appSchema).map(({ name, resource, hostId, connection, release, volumes, services }) => ({
      name,
      resource,
      hostId,
      volumes,
      connection: vms.find((vm) => vm.hostId === hostId)?.connection ?? connection,
      ...(release === undefined ? {} : { release }),
      services,
    })),
  };
}

/** Resources of ours whose create has not ended: where the engine was killed, the next `up` or `destroy` takes them up. */
function cutCreates(
  made: readonly StoredResource[],
  pending: readonly z.infer<typeof pendingSchema>[],
): readonly StoredResource[] {
  return pending
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => resource)
    .filter(({ type, inputs }) => idFromInputs(type, inputs) !== undefined)
    .filter(({ urn }) => !made.some((other) => other.urn === urn))
    .map((resource) => ({ ...resource, initErrors: [notEnded] }));
}

const notEnded = "its create has not ended: a run is at work, or one was killed";

/** The apps that a run made or left as they were, from its events. */
export function appsIn(view: RunView): readonly AppResult[] {
  return view.rows
    .filter(({ type, op }) => type === "stackhouse:index:App" && op !== "delete")
    .flatMap(({ name: resource, outputs }) => {
      const { data } = appResultSchema.safeParse(outputs);
      return data === undefined ? [] : [{ ...data, resource }];
    });
}

type Found<Schema extends z.ZodType> = z.infer<Schema> & { readonly resource: string; readonly host: string };

/** As the program calls the host whose part something is. */
function hostNameFrom(parent: string | undefined): string | undefined {
  if (parent === undefined) return undefined;
  const { type, name } = parseUrn(parent);
  return type.startsWith("stackhouse:hosts:") ? name : undefined;
}

function hostsOf(
  vms: readonly Found<typeof vmSchema>[],
  agents: readonly Found<typeof agentSchema>[],
): readonly DeployedHost[] {
  const agentOn = (hostId: string): Found<typeof agentSchema> | undefined =>
    agents.find((agent) => agent.hostId === hostId);
  const version = (hostId: string): { agentVersion?: string } => {
    const found = agentOn(hostId)?.version;
    return found === undefined ? {} : { agentVersion: found };
  };
  const local = vms.map(({ host, vmId, hostId, connection }) => ({
    name: host,
    vmId,
    hostId,
    connection,
    ...version(hostId),
  }));
  const others = agents
    .filter((agent) => !vms.some((vm) => vm.hostId === agent.hostId))
    .map(({ host, hostId, connection }) => ({ name: host, hostId, connection, ...version(hostId) }));
  return [...local, ...others];
}

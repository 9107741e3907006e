import type { Diagnostics } from "../tree/diagnostics.ts";
import type { FileSource, Mount, Network, Service, Volume } from "../model.ts";
import type { EntryPart, Path, Place } from "../tree/node.ts";

/** A model on its way: its shape is proved, its references and names are not settled. */
export type Draft = DraftOf<DraftService>;

/** The same as `--no-interpolate` prints it: where variables decide what a value is, it has the form in which it was written. */
export type Template = DraftOf<TemplateService>;

export interface DraftOf<S> {
  readonly name: string;
  readonly services?: Readonly<Record<string, S>>;
  readonly networks?: Readonly<Record<string, Partial<Network> | null>>;
  readonly volumes?: Readonly<Record<string, Partial<Volume> | null>>;
  readonly configs?: Readonly<Record<string, FileSource>>;
  readonly secrets?: Readonly<Record<string, FileSource>>;
  readonly models?: Readonly<Record<string, unknown>>;
  readonly [extension: `x-${string}`]: unknown;
}

export type DraftService = ServiceOf<NamedValues>;
export type TemplateService = ServiceOf<WrittenValues>;

/** Variables and arguments; `null`: without a value. */
export type NamedValues = Readonly<Record<string, string | null>>;
export type WrittenValues = Readonly<Record<string, unknown>> | readonly unknown[];

/** An empty target was left out. */
export type DraftMount = Partial<Pick<Mount, "target">> & Omit<Mount, "target">;

/** With the keys of the specification that the runtime does not know: they are refused after all else was checked. */
export type ServiceOf<Values> = {
  readonly [K in keyof Service as string extends K ? never : K extends Replaced ? never : K]?: Service[K];
} & {
  readonly environment?: Values;
  readonly volumes?: readonly DraftMount[];
  readonly build?: BuildOf<Values>;
  readonly env_file?: readonly EnvFile[];
  readonly label_file?: readonly string[];
  readonly models?: Readonly<Record<string, unknown>>;
  readonly provider?: unknown;
  readonly extends?: unknown;
  readonly develop?: { readonly watch?: readonly { readonly action: string; readonly target?: string }[] };
  readonly pre_start?: readonly { readonly image?: string }[];
};

/** Keys of the model's services that a draft has other values for. */
type Replaced = "environment" | "volumes" | "build" | "develop";

export type Build = BuildOf<NamedValues>;

export interface BuildOf<Values> {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string;
  readonly args?: Values;
  readonly additional_contexts?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  readonly secrets?: readonly { readonly source?: string }[];
}

export interface EnvFile {
  readonly path?: string;
  readonly required?: boolean;
  readonly format?: string;
}

/** Where the later stages report: by path, which is looked up in the merged tree. */
export interface Reporting {
  readonly diagnostics: Diagnostics;
  readonly locate: (path: Path, part?: EntryPart) => Place;
}

/** The draft with each service replaced; the draft itself where nothing changes. */
export function mapServices<S>(draft: DraftOf<S>, change: (service: S, key: string) => S): DraftOf<S> {
  if (draft.services === undefined) return draft;
  const before = Object.entries(draft.services);
  const services = before.map(([key, service]) => [key, change(service, key)] as const);
  if (services.every(([, service], at) => service === before[at]?.[1])) return draft;
  return { ...draft, services: Object.fromEntries(services) };
}

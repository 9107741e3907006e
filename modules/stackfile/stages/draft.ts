import type { Diagnostics } from "../tree/diagnostics.ts";
import type { FileSource, Network, Service, Volume } from "../model.ts";
import type { EntryPart, Path, Place } from "../tree/node.ts";

/** A model on its way: its shape is proved, its references and names are not settled. */
export interface Draft {
  readonly name: string;
  readonly services?: Readonly<Record<string, DraftService>>;
  readonly networks?: Readonly<Record<string, Partial<Network> | null>>;
  readonly volumes?: Readonly<Record<string, Partial<Volume> | null>>;
  readonly configs?: Readonly<Record<string, FileSource>>;
  readonly secrets?: Readonly<Record<string, FileSource>>;
  readonly models?: Readonly<Record<string, unknown>>;
  readonly [extension: `x-${string}`]: unknown;
}

/** With the keys of the specification that the runtime does not know: they are refused after all else was checked. */
export type DraftService = Partial<Service> & {
  readonly env_file?: readonly EnvFile[];
  readonly label_file?: readonly string[];
  readonly models?: Readonly<Record<string, unknown>>;
  readonly provider?: unknown;
  readonly extends?: unknown;
  readonly build?: Build;
  readonly develop?: { readonly watch?: readonly { readonly action: string; readonly target?: string }[] };
  readonly pre_start?: readonly { readonly image?: string }[];
};

export interface Build {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string;
  readonly args?: Readonly<Record<string, string | null>>;
  readonly additional_contexts?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  readonly secrets?: readonly { readonly source: string }[];
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

/** The draft with each service replaced. */
export function mapServices(draft: Draft, change: (service: DraftService, key: string) => DraftService): Draft {
  const services = Object.entries(draft.services ?? {}).map(([key, service]) => [key, change(service, key)]);
  return { ...draft, services: Object.fromEntries(services) as Draft["services"] & object };
}

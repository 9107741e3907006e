import type { FileSource, Model } from "./model.ts";
import type { Diagnostic } from "./types.ts";

/** What a config or secret holds, or where the caller finds it. */
export type ContentSource =
  /** Absolute path on the machine where the stack file was loaded. */
  | { readonly kind: "file"; readonly path: string }
  /** Name of a variable. */
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "content"; readonly text: string };

export interface ContentNeed {
  /** As in `DesiredApp.contents`: `configs/NAME` or `secrets/NAME`. */
  readonly key: string;
  readonly source: ContentSource;
  /** The services that use it; a content that no service uses need not be read. */
  readonly services: readonly string[];
}

/** A config or secret with the place that says what it holds. */
export interface Content extends ContentNeed {
  /** The value of the variable that it names, where that has one: that of the project that declares it. It may be a secret. */
  readonly held?: string;
  /** The file or variable that it names, as it may be shown: the name may have come from a variable that is a secret. */
  readonly shown: string;
  readonly place: Pick<Diagnostic, "file" | "line" | "column" | "length" | "path">;
}

/** Every config and secret of a model with what the caller must read and digest, in the order of the model. */
export function configsAndSecretsOf(model: Model): readonly ContentNeed[] {
  return (["configs", "secrets"] as const).flatMap((kind) => {
    const users = usersOf(model, kind);
    return Object.entries(model[kind] ?? {}).flatMap(([name, definition]) => {
      const source = sourceOf(definition);
      return source === undefined ? [] : [{ key: `${kind}/${name}`, source, services: users.get(name) ?? [] }];
    });
  });
}

/** The services that use each config or secret. */
function usersOf(model: Model, kind: "configs" | "secrets"): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const [service, keys] of Object.entries(model.services)) {
    for (const name of new Set(keys[kind]?.map(({ source }) => source))) {
      const known = users.get(name);
      if (known === undefined) users.set(name, [service]);
      else known.push(service);
    }
  }
  return users;
}

function sourceOf({ file, environment, content }: FileSource): ContentSource | undefined {
  if (file !== undefined) return { kind: "file", path: file };
  if (environment !== undefined) return { kind: "environment", name: environment };
  return content === undefined ? undefined : { kind: "content", text: content };
}

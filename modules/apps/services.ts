import * as pulumi from "@pulumi/pulumi";
import type { AppOutputs } from "../provider/resources/schema.ts";
import { nearest } from "../stackfile/stages/nearest.ts";
import type { KnownServices } from "./service-names.ts";

type ServiceOutputs = AppOutputs["services"][string];

/** A service of an app, as other resources use it. */
export interface AppService {
  /** `http://ADDRESS:PORT` of its first published TCP port; empty where none is published. */
  readonly url: pulumi.Output<string>;
  /** Its published ports, as people reach them. */
  readonly ports: pulumi.Output<ServiceOutputs["ports"]>;
  readonly state: pulumi.Output<ServiceOutputs["state"]>;
  /** `sha256:…` of the image that runs. */
  readonly imageDigest: pulumi.Output<string>;
}

/** Handles by service name; asking for a service that is not there fails at once, with the nearest name. */
export function serviceHandles(
  services: pulumi.Output<AppOutputs["services"]>,
  about: { readonly app: string; readonly known: KnownServices },
): Readonly<Record<string, AppService>> {
  const { app, known } = about;
  const handles = new Map(known.names.map((name) => [name, handleOf(services, name, app)]));
  return new Proxy(Object.fromEntries(handles), {
    get(target, key): unknown {
      // Symbols and `then` are how the language looks at an object, not how a program asks for a service.
      if (typeof key === "symbol" || key in target || key === "then") return Reflect.get(target, key);
      if (known.complete && known.names.length > 0) throw new pulumi.RunError(missing(app, key, known.names));
      return handleOf(services, key, app);
    },
  });
}

function handleOf(services: pulumi.Output<AppOutputs["services"]>, name: string, app: string): AppService {
  const service = services.apply((all) => {
    const found = all[name];
    if (found === undefined) throw new pulumi.RunError(missing(app, name, Object.keys(all)));
    return found;
  });
  return {
    url: service.apply(({ url }) => url),
    ports: service.apply(({ ports }) => ports),
    state: service.apply(({ state }) => state),
    imageDigest: service.apply(({ imageDigest }) => imageDigest),
  };
}

function missing(app: string, name: string, names: readonly string[]): string {
  const guess = nearest(name, names);
  const advice = guess === undefined ? `it has ${names.join(", ")}` : `did you mean ${guess}?`;
  return `App ${app} has no service ${name}: ${advice}`;
}

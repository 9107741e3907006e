/**
 * Small stack files with what they mean, one trap each. The loader's tests read them, and so does whatever compares the loader
 * with docker compose.
 */
export interface StackFileCase {
  readonly title: string;
  /** The text of `compose.yaml`; or texts by name, loaded in this order. */
  readonly files: string | Readonly<Record<string, string>>;
  /** Files beside the stack files: env files. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  /** Values of the model by path, `services.a.ports`; `undefined`: not there. */
  readonly gives: Readonly<Record<string, unknown>>;
}

/** A service `a` with these keys. */
export const service = (keys: string): string =>
  `services:\n  a:\n    image: i\n    ${keys.trim().replaceAll("\n", "\n    ")}\n`;

/** What the keys of a service become. */
export const valueCase = (title: string, keys: string, gives: Readonly<Record<string, unknown>>): StackFileCase => ({
  title,
  files: service(keys),
  gives: Object.fromEntries(Object.entries(gives).map(([key, value]) => [`services.a.${key}`, value])),
});

/** A port of the model. */
export const port = (target: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  mode: "ingress",
  target,
  protocol: "tcp",
  ...more,
});

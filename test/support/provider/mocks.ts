import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Secrets and outputs are plain here. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

type Properties = Readonly<Record<string, unknown>>;

export interface MockOptions {
  /** Default `up`. In a preview, what a mock does not give is unknown. */
  readonly mode?: "up" | "preview";
  /** Answers look-ups by their token: `aws:ec2/getSubnet:getSubnet`. */
  readonly lookUp?: (token: string, inputs: Properties) => Properties;
}

/**
 * Runs programs without an engine: `outputs` says what a resource of a type gives, maybe after its inputs. One mode for each test
 * file.
 */
export async function mockEngine(
  outputs: Readonly<Record<string, Properties | ((inputs: Properties) => Properties)>>,
  { mode = "up", lookUp = () => ({}) }: MockOptions = {},
): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const given = inputs as Properties;
        registered.push({ type, name, inputs: given });
        const more = outputs[type];
        const made = typeof more === "function" ? more(given) : more;
        return { id: mode === "preview" ? "" : `${name}-id`, state: { ...given, ...made } };
      },
      call: ({ token, inputs }) => lookUp(token, inputs as Properties),
    },
    "shop",
    "dev",
    mode === "preview",
  );
  return registered;
}

/** Until everything that the program made is registered. */
export function allRegistered(): Promise<void> {
  // The SDK's own tests wait so; its declarations leave it out.
  return (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}

export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
}

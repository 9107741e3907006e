import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Secrets and outputs are plain here. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Runs programs without an engine: `outputs` says what a resource of a type gives. One mode for each test file. */
export async function mockEngine(
  outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  mode: "up" | "preview" = "up",
): Promise<Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...(inputs as object), ...outputs[type] } };
      },
      call: () => ({}),
    },
    "shop",
    "dev",
    mode === "preview",
  );
  return registered;
}

export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value);
    });
  });
}

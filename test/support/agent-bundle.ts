import { createHash } from "node:crypto";
import { build } from "esbuild";
import { readBundle, type AgentBundle } from "../../modules/agent-install/bundle.ts";

/** The agent as it is in the sources now, whatever lies in `dist/`. */
export async function bundleOfTheSources(): Promise<AgentBundle> {
  const { outputFiles } = await build({
    entryPoints: ["host-agent/main.ts"],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    minify: true,
    banner: { js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url);' },
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("esbuild made nothing");
  return { ...(await readBundle()), ...scripted(output.text) };
}

/** A script as the agent's, and its digest. */
export function scripted(text: string): Pick<AgentBundle, "script" | "digest"> {
  const script = Buffer.from(text);
  return { script, digest: createHash("sha256").update(script).digest("hex") };
}

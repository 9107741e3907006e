import { isScalar, parseDocument, type Scalar } from "yaml";
import type { YamlScalar } from "./tags.ts";

/**
 * A scalar with the escapes of go-yaml, which in double quotes has `\'` besides those of YAML and lacks `\/`: undefined where that one is
 * used. Source: its scanner.go.
 */
export function goEscapes(scalar: Scalar): YamlScalar | undefined {
  const { srcToken: token } = scalar;
  if (token?.type !== "double-quoted-scalar" || !/\\['/]/.test(token.source)) return scalar;
  const pairs = [...token.source.matchAll(/\\([^])/g)].map(([, letter]) => letter);
  if (pairs.includes("/")) return undefined;
  if (!pairs.includes("'")) return scalar;
  const source = token.source.replaceAll(/\\([^])/g, (pair: string, letter: string) =>
    letter === "'" ? letter : pair,
  );
  const { contents } = parseDocument(source, { schema: "failsafe", logLevel: "silent" });
  return { type: scalar.type, tag: scalar.tag, value: isScalar(contents) ? contents.value : scalar.value };
}

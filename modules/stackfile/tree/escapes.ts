import { isScalar, parseDocument, type Scalar } from "yaml";

/**
 * A scalar with the escapes of go-yaml, which in double quotes has `\'` besides those of YAML and lacks `\/`: undefined where that one is
 * used. Source: its scanner.go.
 */
export function goEscapes(scalar: Scalar): Scalar | undefined {
  const { srcToken: token } = scalar;
  if (token?.type !== "double-quoted-scalar" || !/\\['/]/.test(token.source)) return scalar;
  const pairs = [...token.source.matchAll(/\\([^])/g)].map(([, letter]) => letter);
  if (pairs.includes("/")) return undefined;
  if (!pairs.includes("'")) return scalar;
  const source = token.source.replaceAll(/\\([^])/g, (pair, letter) => (letter === "'" ? letter : pair));
  const { contents } = parseDocument(source, { schema: "failsafe", logLevel: "silent" });
  return isScalar(contents) ? Object.assign(scalar.clone() as Scalar, { value: contents.value }) : scalar;
}

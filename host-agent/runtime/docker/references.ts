/** An image reference with a tag: `latest` where it has neither tag nor digest. */
export function withTag(reference: string): string {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  return name.includes(":") || name.includes("@") ? reference : `${reference}:latest`;
}

/**
 * The registry that a reference names. A first part with a dot, a colon or the name localhost is a registry; all others are
 * Docker Hub's. Source: distribution/reference, `splitDockerDomain`.
 */
export function registryOf(reference: string): string {
  const slash = reference.indexOf("/");
  const first = slash === -1 ? "" : reference.slice(0, slash);
  const isRegistry = first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
  return isRegistry ? first : "https://index.docker.io/v1/";
}

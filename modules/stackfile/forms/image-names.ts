/** Why a text is no name of an image. */
export interface ImageNameProblem {
  readonly reason: string;
  readonly hint: string;
}

const part = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const registry =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
/** What an engine calls an image that has no name. */
const id = /^[0-9a-f]{64}$/;
/** In characters. */
const longest = 255;

const parts = "write [REGISTRY/]NAME[:TAG][@DIGEST], as in registry.example.com/team/shop:1.2";

/** Why an image can have no such name, whatever has it; undefined where it can. Source: distribution/reference, regexp.go and normalize.go. */
export function imageNameProblem(image: string): ImageNameProblem | undefined {
  if (id.test(image)) return undefined;
  if (/^[a-z]+:\/\//i.test(image)) return { reason: "it is a URL", hint: "leave out what stands before the registry" };
  if (/\s/.test(image)) return { reason: "it has white space in it", hint: parts };
  const at = image.indexOf("@");
  const named = at === -1 ? image : image.slice(0, at);
  if (at !== -1 && !digestPattern.test(image.slice(at + 1))) {
    return {
      reason: "what stands behind the @ is no digest",
      hint: "a digest is sha256: and 64 digits of 0 to 9 and a to f",
    };
  }
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const name = hasTag ? named.slice(0, colon) : named;
  if (hasTag && !tagPattern.test(named.slice(colon + 1))) {
    const reason =
      colon === named.length - 1 ? "a colon stands there without a tag" : "what stands behind the colon is no tag";
    return {
      reason,
      hint: "a tag is up to 128 letters, digits, '_', '.' and '-', and begins with none of the last two",
    };
  }
  return pathProblem(name);
}

function pathProblem(name: string): ImageNameProblem | undefined {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  const isOfRegistry = slash !== -1 && (first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase());
  if (isOfRegistry && !registry.test(first))
    return { reason: "what stands before the first slash is no registry", hint: parts };
  const path = isOfRegistry ? name.slice(slash + 1) : name;
  if (path === "") return { reason: "there is no name", hint: parts };
  if (path !== path.toLowerCase()) return { reason: "it has capital letters", hint: "write it in small letters" };
  if (path.length > longest) return { reason: `it has more than ${longest} characters`, hint: parts };
  if (path.split("/").every((one) => part.test(one))) return undefined;
  return {
    reason: "it has signs that no name has, or has them in a wrong place",
    hint: "a name has letters, digits and slashes, and between these '.', '_', '__' and '-'",
  };
}

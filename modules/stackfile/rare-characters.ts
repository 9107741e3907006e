const rare = /[\x7f-\x9f\u2028\u2029\ufeff]/g;

/**
 * JSON, or YAML that has them in double quotes only, with escapes for the characters that JSON lets stand and readers of YAML take for
 * a line end, a mark or an error.
 */
export function escapeRare(text: string): string {
  return text.replaceAll(rare, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

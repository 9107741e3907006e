/** What is wrong in the text of a YAML file, and where. */
export interface YamlProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What go-yaml does not read. YAML 1.2.2, section 5.1, has U+007F to U+009F besides. Source: its readerc.go. */
const control = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** The first character that no YAML file may have. */
export function forbiddenCharacter(text: string): YamlProblem | undefined {
  const found = control.exec(text);
  if (found === null) return undefined;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return {
    start: found.index,
    end: found.index + 1,
    message: `the control character U+${code} may not be in a YAML file`,
    hint: "is this a text file?",
  };
}

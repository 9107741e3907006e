/** A value as one word of a POSIX shell, for commands that are shown to be copied. */
export function shellWord(value: string): string {
  return /^[\w./@%+=:,-]+$/u.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

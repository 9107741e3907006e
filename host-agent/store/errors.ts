/** Result codes of SQLite. Source: https://www.sqlite.org/rescode.html */
export const sqliteCodes = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** The primary result code of an error of SQLite, without what an extended one adds; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

/** Whether the store cannot write for want of space: the database, or a file beside it. */
export function isDiskFull(error: unknown): boolean {
  if (sqliteCode(error) === sqliteCodes.full) return true;
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOSPC";
}

import { existsSync, renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { Logger } from "../logging/logger.ts";
import { migrate } from "./migrations.ts";

/** Result codes of SQLite. Source: https://www.sqlite.org/rescode.html */
const busy = 5;
const corrupt = 11;
const notADatabase = 26;

class Unsound extends Error {}

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** There was none, or it could not be used: what it holds must be rebuilt from the release files. */
  readonly fresh: boolean;
}

/**
 * Opens the agent's database and holds it for this process alone: that lock, which the kernel drops with the process, is
 * what keeps a second agent from running. A database that is corrupt, or of a newer build, is renamed aside.
 */
export function openDatabase(path: string, logger: Logger): OpenedDatabase {
  const existed = existsSync(path);
  try {
    const database = openSound(path);
    if (database !== undefined) return { database, fresh: !existed };
    logger.warn({ path }, "the database is of a newer agent: set aside");
  } catch (error) {
    const code = errorCode(error);
    if (code === busy) {
      throw new StackhouseError("lock.held", "another Stackhouse agent runs on this host and holds its state", {
        hint: "stop it first: systemctl stop stackhouse-agent",
        cause: error,
      });
    }
    // Anything else, a full disk for one, would hit a new database too.
    if (code !== corrupt && code !== notADatabase && !(error instanceof Unsound)) throw error;
    logger.error({ path, error: String(error) }, "the database cannot be used: set aside");
  }
  setAside(path);
  const database = openSound(path);
  if (database === undefined) throw new StackhouseError("internal", `${path} cannot be created`);
  return { database, fresh: true };
}

function openSound(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    database.exec(
      "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -512; BEGIN EXCLUSIVE; COMMIT;",
    );
    const check = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (check !== "ok") throw new Unsound(`quick_check: ${String(check)}`);
    if (migrate(database)) return database;
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
}

/** One broken copy is kept for a person to look at. */
function setAside(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, `${path}.broken${suffix}`);
  }
}

/** The primary result code, without what an extended one adds. */
function errorCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

import { existsSync, renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { Logger } from "../logging/logger.ts";
import { sqliteCode, sqliteCodes } from "./errors.ts";
import { migrate } from "./migrations.ts";

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
    const code = sqliteCode(error);
    if (code === sqliteCodes.busy) {
      throw new StackhouseError("lock.held", "another Stackhouse agent runs on this host and holds its state", {
        hint: "stop it first: systemctl stop stackhouse-agent",
        cause: error,
      });
    }
    // Anything else, a full disk for one, would hit a new database too.
    const isUnsound = code === sqliteCodes.corrupt || code === sqliteCodes.notADatabase || error instanceof Unsound;
    if (!isUnsound) throw error;
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

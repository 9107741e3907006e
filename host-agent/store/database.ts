import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { Logger } from "../logging/logger.ts";
import { sqliteCode, sqliteCodes } from "./errors.ts";
import { migrate } from "./migrations.ts";

class Unsound extends Error {}

/**
 * Opens the agent's database and holds it for this process alone: that lock, which the kernel drops with the process, is
 * what keeps a second agent from running. A database that is corrupt, or of a newer build, is renamed aside.
 */
export function openDatabase(path: string, logger: Logger): DatabaseSync {
  try {
    const database = openSound(path);
    if (database !== undefined) {
      dropSetAside(path);
      return database;
    }
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
  return database;
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

const suffixes = ["", "-wal", "-shm"];

/**
 * One broken copy is kept for a person to look at, until the agent starts the next time: it may hold requests of open jobs with
 * their secrets, which no end of a job would ever clear from it.
 */
function setAside(path: string): void {
  dropSetAside(path); // Parts of two copies do not go together.
  for (const suffix of suffixes) {
    if (!existsSync(path + suffix)) continue;
    chmodSync(path + suffix, 0o600);
    renameSync(path + suffix, `${path}.broken${suffix}`);
  }
}

function dropSetAside(path: string): void {
  for (const suffix of suffixes) rmSync(`${path}.broken${suffix}`, { force: true });
}

import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "../logging/logger.ts";
import { releaseSchema, type Release, type ReleaseOutcome } from "../releases/release.ts";
import { isDiskFull } from "./errors.ts";
import { inTransaction } from "./transaction.ts";
import { isErrno, namesIn, privateDirectory, writePrivateFile } from "./files.ts";

/**
 * Releases of all apps. Each is a file, `APP/ID.json`, of mode 0600; the database is an index over them that is rebuilt from
 * the files when it is lost.
 */
export interface ReleaseStore {
  /** Apps that have a release. */
  apps(): string[];
  /** The last one that succeeded: what runs, as far as the record goes. */
  current(app: string): Promise<Release | undefined>;
  /** The last one, however it went: what the app is meant to be. */
  latest(app: string): Promise<Release | undefined>;
  begin(release: Release): Promise<void>;
  finish(release: Release, outcome: ReleaseOutcome, imageDigests: Readonly<Record<string, string>>): Promise<void>;
  /** Drops all releases of an app, and with them their secrets. */
  forget(app: string): Promise<void>;
}

/** Releases kept of an app, besides the one that runs. */
const kept = 10;

export async function createReleaseStore(
  database: DatabaseSync,
  directory: string,
  logger: Logger,
): Promise<ReleaseStore> {
  const upsert = database.prepare(
    `INSERT INTO releases (id, app, digest, outcome) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome`,
  );
  const apps = database.prepare("SELECT DISTINCT app FROM releases ORDER BY app");
  const latest = database.prepare("SELECT id FROM releases WHERE app = ? ORDER BY id DESC LIMIT 1");
  const current = database.prepare(
    "SELECT id FROM releases WHERE app = ? AND outcome = 'succeeded' ORDER BY id DESC LIMIT 1",
  );
  const obsolete = database.prepare(
    `SELECT id FROM releases WHERE app = ?1
       AND id NOT IN (SELECT id FROM releases WHERE app = ?1 ORDER BY id DESC LIMIT ${kept})
       AND id NOT IN (SELECT id FROM releases WHERE app = ?1 AND outcome = 'succeeded' ORDER BY id DESC LIMIT 1)`,
  );
  const remove = database.prepare("DELETE FROM releases WHERE id = ?");
  const removeApp = database.prepare("DELETE FROM releases WHERE app = ?");

  const path = (app: string, id: string): string => join(directory, app, `${id}.json`);
  const save = async (release: Release): Promise<void> => {
    await privateDirectory(join(directory, release.app));
    await writePrivateFile(path(release.app, release.id), JSON.stringify(release));
    upsert.run(release.id, release.app, release.digest, release.outcome);
  };
  const load = async (app: string, row: Record<string, unknown> | undefined): Promise<Release | undefined> =>
    row === undefined ? undefined : await readRelease(path(app, String(row["id"])), logger);

  await privateDirectory(directory);
  if (!isIndexed(database)) {
    const releases = await readAll(directory, logger);
    try {
      inTransaction(database, () => {
        for (const release of releases) upsert.run(release.id, release.app, release.digest, release.outcome);
        database.exec(`PRAGMA application_id = ${indexed}`);
      });
    } catch (error) {
      // The agent serves on a full disk, and the next start tries again.
      if (!isDiskFull(error)) throw error;
      logger.warn({ path: directory }, "the index of releases cannot be written: the disk is full");
    }
  }

  return {
    apps: () => apps.all().map((row) => String(row["app"])),
    current: (app) => load(app, current.get(app)),
    latest: (app) => load(app, latest.get(app)),
    begin: save,
    async finish(release, outcome, imageDigests) {
      await save({ ...release, outcome, imageDigests });
      for (const row of obsolete.all(release.app)) {
        const id = String(row["id"]);
        await rm(path(release.app, id), { force: true });
        remove.run(id);
      }
    },
    async forget(app) {
      await rm(join(directory, app), { recursive: true, force: true });
      removeApp.run(app);
    },
  };
}

/**
 * Marks a database that holds all releases there are files of: written with the rows, so that a new one whose agent was killed
 * before is not taken for the index of no releases. In the file's header, where agents of other versions pass over it.
 */
const indexed = 0x53544b48;

function isIndexed(database: DatabaseSync): boolean {
  return database.prepare("PRAGMA application_id").get()?.["application_id"] === indexed;
}

async function readAll(directory: string, logger: Logger): Promise<Release[]> {
  const releases: Release[] = [];
  for (const app of await namesIn(directory)) {
    for (const name of await namesIn(join(directory, app))) {
      if (!name.endsWith(".json")) continue;
      const release = await readRelease(join(directory, app, name), logger);
      if (release?.app === app && `${release.id}.json` === name) releases.push(release);
    }
  }
  return releases;
}

/** A release file, or undefined where it is gone or cannot be read: the next apply writes a new one. */
async function readRelease(path: string, logger: Logger): Promise<Release | undefined> {
  try {
    return releaseSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (!isErrno(error, "ENOENT")) logger.warn({ path }, "a release file cannot be read and is left out");
    return undefined;
  }
}

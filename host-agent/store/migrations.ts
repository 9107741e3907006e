import type { DatabaseSync } from "node:sqlite";

/** One entry a schema version, never changed once released. `user_version` counts those that were applied. */
const migrations: readonly string[] = [
  `
  CREATE TABLE releases (
    id          TEXT PRIMARY KEY,
    app         TEXT NOT NULL,
    digest      TEXT NOT NULL,
    outcome     TEXT NOT NULL
  ) STRICT;
  CREATE INDEX releases_by_app ON releases (app, id);

  CREATE TABLE jobs (
    id          TEXT PRIMARY KEY,
    app         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    requestedBy TEXT NOT NULL,
    createdAt   TEXT NOT NULL,
    deadlineAt  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    -- The request, with its secrets, for as long as the job is open.
    request     TEXT,
    problem     TEXT
  ) STRICT;
  CREATE INDEX jobs_by_app ON jobs (app, createdAt);

  CREATE TABLE events (
    job         TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    type        TEXT NOT NULL,
    event       TEXT NOT NULL,
    PRIMARY KEY (job, seq)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE archives (
    archive     TEXT NOT NULL,
    reference   TEXT NOT NULL,
    image       TEXT NOT NULL,
    PRIMARY KEY (archive, reference)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Brings a database to this build's schema. False: it is of a newer build, and was left alone. */
export function migrate(database: DatabaseSync): boolean {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version > migrations.length) return false;
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN; ${migration} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
  return true;
}

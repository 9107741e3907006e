import type { DatabaseSync } from "node:sqlite";

/** Image archives that were loaded on this host, by the SHA-256 of the archive. */
export interface ArchiveStore {
  /** Digest of each image, by reference; undefined where the archive was never loaded. */
  images(archive: string): Readonly<Record<string, string>> | undefined;
  record(archive: string, images: Readonly<Record<string, string>>): void;
}

export function createArchiveStore(database: DatabaseSync): ArchiveStore {
  const find = database.prepare("SELECT reference, image FROM archives WHERE archive = ? ORDER BY reference");
  const insert = database.prepare("INSERT OR REPLACE INTO archives (archive, reference, image) VALUES (?, ?, ?)");
  return {
    images(archive) {
      const rows = find.all(archive);
      if (rows.length === 0) return undefined;
      return Object.fromEntries(rows.map((row) => [String(row["reference"]), String(row["image"])]));
    },
    record(archive, images) {
      for (const [reference, image] of Object.entries(images)) insert.run(archive, reference, image);
    },
  };
}

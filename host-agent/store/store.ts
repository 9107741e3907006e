import { chmod } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../logging/logger.ts";
import { createArchiveStore, type ArchiveStore } from "./archives.ts";
import { openDatabase } from "./database.ts";
import { privateDirectory } from "./files.ts";
import { createJobStore, type JobStore } from "./jobs.ts";
import { createReleaseStore, type ReleaseStore } from "./releases.ts";

/** What outlives the agent's process: intent, history and journal. The truth about containers is with the engine. */
export interface Store {
  readonly jobs: JobStore;
  readonly releases: ReleaseStore;
  readonly archives: ArchiveStore;
  close(): void;
}

/** Opens the state folder. Throws `lock.held` where another agent has it open. */
export async function openStore(directory: string, logger: Logger): Promise<Store> {
  await privateDirectory(directory);
  const path = join(directory, "agent.db");
  const database = openDatabase(path, logger);
  try {
    await chmod(path, 0o600);
    return {
      jobs: createJobStore(database),
      releases: await createReleaseStore(database, join(directory, "releases"), logger),
      archives: createArchiveStore(database),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

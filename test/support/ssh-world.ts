import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSshPool } from "../../modules/ssh/pool.ts";
import type { SshPool } from "../../modules/ssh/types.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { startSshd, type TestSshd } from "./sshd.ts";

export interface SshWorld {
  /** One for all tests of a file. */
  readonly sshd: TestSshd;
  /** A new one for each test. */
  readonly pool: SshPool;
  /** A folder for what is sent and made. */
  readonly directory: string;
}

/** A real sshd for the tests of a file. */
export function sshWorld(): SshWorld {
  let sshd: TestSshd;
  let pool: SshPool;
  let directory: string;
  beforeAll(async () => {
    sshd = await startSshd();
    directory = await mkdtemp(join(tmpdir(), "ssh-test-"));
  });
  afterAll(async () => {
    await sshd[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  beforeEach(() => {
    pool = createSshPool({ clock: systemClock });
  });
  afterEach(async () => {
    await pool[Symbol.asyncDispose]();
  });
  return {
    get sshd() {
      return sshd;
    },
    get pool() {
      return pool;
    },
    get directory() {
      return directory;
    },
  };
}

import { expect, jest, test } from "@jest/globals";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { waitForSsh } from "../../modules/ssh/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { startSshd } from "../support/sshd.ts";

jest.setTimeout(60_000);
const signal = new AbortController().signal;

/** A server whose cloud-init says that it is a machine; undefined: it says nothing. */
async function machine(name: string | undefined) {
  const folder = await mkdtemp(join(tmpdir(), "machine-"));
  const file = join(folder, "instance-id");
  const isNow = (other: string): Promise<void> => writeFile(file, `${other}\n`);
  if (name !== undefined) await isNow(name);
  const sshd = await startSshd({ settings: [`ForceCommand cat ${file}`] });
  const pool = createSshPool({ clock: systemClock });
  return {
    pool,
    connection: sshd.connection,
    isNow,
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

// Machines of a host have its one host key, and may have its one address.
test("the machine before it at its address is waited out, and no session is had there", async () => {
  await using server = await machine("i-0aa");
  const said: string[] = [];
  const status = (line: string): void => {
    said.push(line);
    if (line.includes("i-0aa answers there")) void server.isNow("i-0bb");
  };
  const progress = { status, info: () => undefined, warn: () => undefined };
  const connection = { ...server.connection, machineId: "i-0bb" };
  using session = await waitForSsh(server.pool, connection, {
    clock: systemClock,
    signal,
    deadlineMs: 30_000,
    progress,
  });
  expect(said.join("\n")).toMatch(/\(i-0aa answers there, and not yet i-0bb\)/u);
  expect((await session.exec(["true"], { signal, deadlineMs: 10_000 })).stdout).toBe("i-0bb\n");
});

test.each([
  ["i-0aa", "i-0aa"],
  ["another name for it", "i-0aa"],
  ["8c63b9a2-60b1-4f0e-9c0e-2b8f3c0d9f10", "4711"],
  ["i-0aa", undefined],
  [undefined, "i-0aa"],
])("a machine that calls itself %j may be %j", async (name, machineId) => {
  await using server = await machine(name);
  const connection = { ...server.connection, ...(machineId === undefined ? {} : { machineId }) };
  using session = await server.pool.connect(connection, { signal, deadlineMs: 10_000 });
  expect(session.lost).toBe(false);
});

test("a machine that is another one is out of reach, with both named", async () => {
  await using server = await machine("4711");
  const dial = server.pool.connect({ ...server.connection, machineId: "4712" }, { signal, deadlineMs: 10_000 });
  await expect(dial).rejects.toMatchObject({
    code: "ssh.unreachable",
    message: expect.stringContaining("4711 answers there, and not yet 4712"),
  });
});

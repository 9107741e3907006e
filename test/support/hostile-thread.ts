import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Far more than any file takes on a busy machine: who is not there by then is taken to hang. */
const deadlineMs = 60_000;

/**
 * Loads hostile files outside of the test runner: a loader that does not end fails its own test, and not the run. The runner's
 * sandbox makes the same code many times slower, too.
 */
export class HostileThread implements AsyncDisposable {
  #worker: Worker | undefined;

  /** What is wrong with the answer to the file of this name. */
  async problemsOf(name: string): Promise<readonly string[]> {
    this.#worker ??= new Worker(new URL("hostile-loader.ts", import.meta.url));
    const worker = this.#worker;
    const signal = AbortSignal.timeout(deadlineMs);
    worker.postMessage(name);
    try {
      const [problems] = (await once(worker, "message", { signal })) as [readonly string[]];
      return problems;
    } catch (error) {
      await this[Symbol.asyncDispose]();
      return [signal.aborted ? `no end after ${deadlineMs / 1_000} s` : `the thread ended: ${String(error)}`];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

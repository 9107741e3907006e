import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";

/** A port whose server is stopped and whose queue is full: the kernel answers nobody who connects now. */
export async function startFullServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const program = `
    const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      console.log(server.address().port);
      process.kill(process.pid, "SIGSTOP");
    });`;
  const child = spawn(process.execPath, ["--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const port = Number(line);
  // The kernel takes one more than the queue is long.
  const waiting = [1, 2].map(() => connect(port, "127.0.0.1").on("error", () => undefined));
  await Promise.all(waiting.map((socket) => once(socket, "connect")));
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      child.kill("SIGKILL");
      await exited;
    },
  };
}

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import type plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import providerRpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { version } from "../../modules/base/version.ts";

const executable = new URL("../../bin/pulumi-resource-stackhouse", import.meta.url).pathname;

describe("the provider's executable", () => {
  let home: string;
  let engine: Server;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "stackhouse-home-"));
    engine = new Server();
  });
  afterEach(async () => {
    child?.kill("SIGKILL");
    engine.forceShutdown();
    await rm(home, { recursive: true });
  });

  /** Starts it as an engine does, and gives the first line of its output. */
  const start = async (): Promise<{
    readonly process: ChildProcess;
    readonly port: string;
    readonly lines: string[];
  }> => {
    const address = await new Promise<number>((resolve, reject) => {
      engine.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    const started = spawn(executable, ["--logtostderr", "-v=9", `127.0.0.1:${address}`], {
      env: { PATH: process.env["PATH"], STACKHOUSE_HOME: home },
      stdio: ["ignore", "pipe", "inherit"],
    });
    child = started;
    const lines: string[] = [];
    const output = createInterface({ input: started.stdout });
    output.on("line", (line) => lines.push(line));
    await once(output, "line");
    return { process: started, port: lines[0] ?? "", lines };
  };

  test("says its port on the first line and nothing else, and answers there", async () => {
    const { port, lines } = await start();
    expect(port).toMatch(/^\d+$/u);
    const client = new providerRpc.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
    const info = await new Promise<plugin.PluginInfo>((resolve, reject) => {
      client.getPluginInfo(new empty.Empty(), (error, reply) => {
        if (error === null) resolve(reply);
        else reject(error);
      });
    });
    client.close();
    expect(info.getVersion()).toBe(version);
    expect(lines).toHaveLength(1);
  });

  test("ends by itself when its engine was killed: nobody else would stop it", async () => {
    const { process: running } = await start();
    const exited = once(running, "exit");
    engine.forceShutdown();
    await exited;
  });
});

import { text } from "node:stream/consumers";
import { execFile } from "node:child_process";
import { lstat, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import * as z from "zod";
import { whyNoEngine } from "../support/docker.ts";
import { notRun } from "../support/not-run.ts";
import { dockerWorld, type DockerWorld } from "./runtime/docker-world.ts";
import { call, inside, kindOf, removeApp, signal, specOf, startProgram, untilContainer } from "./runtime/world.ts";

jest.setTimeout(60_000);
const name = "Docker Engine: what services ask for";
const reason = await whyNoEngine();
if (reason === undefined) services();
else notRun(name, reason);

function services(): void {
  describe(name, () => {
    const app = "services";
    let world: DockerWorld;
    beforeAll(async () => {
      world = await dockerWorld();
    }, 90_000);
    afterEach(async () => {
      await removeApp(world, app);
    });
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    }, 60_000);

    const network = (key: string) =>
      world.runtime.createNetwork({ app, key, fingerprint: "f", network: { name: `${app}_${key}` } }, call);
    const networks = { front: `${app}_front`, back: `${app}_back` };

    describe("configs and secrets", () => {
      const file = { content: Buffer.from("hunter2"), mode: 0o440, uid: 1000, gid: 1000 };

      it("are files with content, owner and mode, in read-only services too", async () => {
        const files = [
          { ...file, target: "/run/secrets/password" },
          { ...file, target: "/etc/app/config.toml", uid: 0, gid: 0, mode: 0o444 },
        ];
        const id = await startProgram(world, app, "sleeper", { files, definition: { read_only: true } });
        expect(await inside(world, id, "cat /run/secrets/password")).toBe("hunter2");
        expect(await inside(world, id, "stat -c '%u:%g %a' /run/secrets/password")).toBe("1000:1000 440");
        expect(await inside(world, id, "stat -c '%u:%g %a' /etc/app/config.toml")).toBe("0:0 444");
      });

      it("can not be written to by the service", async () => {
        const files = [{ ...file, target: "/run/secrets/password", mode: 0o666 }];
        const id = await startProgram(world, app, "sleeper", { files });
        await expect(inside(world, id, "echo other > /run/secrets/password")).rejects.toThrow("Read-only file system");
      });

      it("are in a folder of the host that only its owner enters", async () => {
        await startProgram(world, app, "sleeper", { files: [{ ...file, target: "/x" }] });
        const { mode } = await stat(join(world.engine.directory, "files"));
        expect((mode & 0o777).toString(8)).toBe("700");
      });

      it("leave the host with their container, and no others do", async () => {
        const files = [{ ...file, target: "/x" }];
        const first = await startProgram(world, app, "sleeper", { files });
        await startProgram(world, app, "sleeper", { files, name: `${app}-sleeper-2`, number: 2 });
        const folder = join(world.engine.directory, "files", app);
        await mkdir(join(folder, "of-a-run-that-was-killed"));
        await writeFile(join(folder, "of-a-run-that-was-killed", "0"), "hunter2");
        await world.runtime.removeContainer(first, call);
        expect(await readdir(folder)).toEqual([`${app}-sleeper-2`]);
        await removeApp(world, app);
        await expect(lstat(folder)).rejects.toThrow("ENOENT");
      });
    });

    describe("networks", () => {
      it("know a container by its name, its service and its aliases", async () => {
        await network("front");
        const attached = { networks, definition: { networks: { front: { aliases: ["www"] } } } };
        await startProgram(world, app, "sleeper", attached);
        const id = await startProgram(world, app, "printer", {
          ...attached,
          definition: { networks: { front: null }, command: ["sleep", "60"] },
        });
        for (const host of ["sleeper", `${app}-sleeper-1`, "www"]) {
          expect(await inside(world, id, `ping -c 1 -w 5 ${host} | grep received`)).toContain("1 packets received");
        }
      });

      it("are all joined before the first start, one of them first by priority", async () => {
        await network("front");
        await network("back");
        const definition = { networks: { back: null, front: { priority: 10 } } };
        const id = await startProgram(world, app, "sleeper", { networks, definition });
        expect((await inside(world, id, "ls /sys/class/net")).split(/\s+/)).toEqual(["eth0", "eth1", "lo"]);
        const inspected = await inspect(id, z.object({ HostConfig: z.object({ NetworkMode: z.string() }) }));
        expect(inspected.HostConfig.NetworkMode).toBe(networks.front);
      });

      it("that a container lacks since it was left half-made are joined when it is asked for again", async () => {
        await network("front");
        await network("back");
        const spec = specOf(world, app, "sleeper", { networks, definition: { networks: { front: null, back: null } } });
        const id = await world.runtime.createContainer(spec, call);
        const path = `/networks/${networks.front}/disconnect`;
        await world.client.send({ method: "POST", path, body: { Container: id }, signal });
        expect(await world.runtime.createContainer(spec, call)).toBe(id);
        const schema = z.object({ NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()) }) });
        const { NetworkSettings: settings } = await inspect(id, schema);
        expect(Object.keys(settings.Networks).sort()).toEqual([networks.back, networks.front]);
      });

      it("are shared with another service by network_mode", async () => {
        await network("front");
        const owner = await startProgram(world, app, "sleeper", {
          networks,
          definition: { networks: { front: null } },
        });
        const definition = { network_mode: "service:sleeper", command: ["sleep", "60"] };
        const sharer = await startProgram(world, app, "printer", { owners: { sleeper: owner }, definition });
        const address = "cat /sys/class/net/eth0/address";
        expect(await inside(world, sharer, address)).toBe(await inside(world, owner, address));
      });

      it("of a service without a container can not be shared", async () => {
        const spec = specOf(world, app, "sleeper", { definition: { network_mode: "service:absent" } });
        expect(await kindOf(world.runtime.createContainer(spec, call))).toBe("not-found");
      });

      it("lead from a published port of the host to the service", async () => {
        const definition = {
          network_mode: "bridge",
          command: ["sh", "-c", "echo served > /tmp/index.html; exec httpd -f -p 80 -h /tmp"],
          ports: [{ mode: "ingress" as const, target: 80, protocol: "tcp" as const, published: "28000-28010" }],
        };
        const id = await startProgram(world, app, "sleeper", { definition });
        const { container } = (await world.runtime.inspectContainer(id, call))!;
        const port = container.ports[0]!.published;
        expect(port).toBeGreaterThanOrEqual(28_000);
        expect(port).toBeLessThanOrEqual(28_010);
        const address = (await inside(world, id, "hostname -i")).split(" ")[0]!;
        expect(address).toMatch(/^172\./);
        const [program, ...args] = world.engine.inNetwork(
          "busybox",
          "sh",
          "-c",
          // The server may need a moment; the gateway is the engine's side of the published port.
          `for i in $(seq 50); do busybox wget -qO- http://${address.replace(/\.\d+$/, ".1")}:${port}/ && exit; sleep 0.1; done`,
        );
        const { stdout } = await promisify(execFile)(program, args);
        expect(stdout).toBe("served\n");
      });
    });

    describe("storage", () => {
      it("of a named volume outlives its container", async () => {
        await world.runtime.createVolume({ app, key: "data", fingerprint: "f", volume: { name: `${app}_data` } }, call);
        const fields = {
          volumes: { data: `${app}_data` },
          definition: { volumes: [{ type: "volume" as const, source: "data", target: "/data" }] },
        };
        const first = await startProgram(world, app, "sleeper", fields);
        await inside(world, first, "echo 41 > /data/count");
        await world.runtime.removeContainer(first, call);
        const second = await startProgram(world, app, "sleeper", fields);
        expect(await inside(world, second, "cat /data/count")).toBe("41");
      });

      describe("that the image declares", () => {
        const image = "test/with-volume:1";
        beforeAll(async () => {
          await world.load({ reference: image, volumes: ["/data"] });
        });

        it("goes over to the container that takes its place, whose image may be another", async () => {
          const other = "test/with-volume:2";
          await world.load({ reference: other, volumes: ["/data"], env: { VERSION: "2" } });
          const first = await startProgram(world, app, "sleeper", { definition: { image } });
          await inside(world, first, "echo 41 > /data/count");
          await world.runtime.removeContainer(first, call);
          const fields = { definition: { image: other }, fingerprint: "v1:sha256:2" };
          const second = await startProgram(world, app, "sleeper", fields);
          expect(await inside(world, second, "cat /data/count")).toBe("41");
        });

        it("is not that of another container of the service", async () => {
          const first = await startProgram(world, app, "sleeper", { definition: { image } });
          await inside(world, first, "echo 41 > /data/count");
          const fields = { definition: { image }, name: `${app}-sleeper-2`, number: 2 };
          const second = await startProgram(world, app, "sleeper", fields);
          expect(await inside(world, second, "ls /data")).toBe("");
        });

        it("is left out where volumes_from brings another to that place", async () => {
          const first = await startProgram(world, app, "sleeper", { definition: { image } });
          await inside(world, first, "echo 41 > /data/count");
          const definition = { image, volumes_from: ["sleeper"] };
          const second = await startProgram(world, app, "printer", {
            owners: { sleeper: first },
            definition: { ...definition, command: ["sleep", "60"] },
          });
          expect(await inside(world, second, "cat /data/count")).toBe("41");
        });
      });

      it("bound from a path that is missing makes the path, unless that is forbidden", async () => {
        const source = join(world.engine.directory, "made", "by-the-engine");
        const mount = { type: "bind" as const, source, target: "/bound" };
        const forbidden = { ...mount, bind: { create_host_path: false } };
        const spec = specOf(world, app, "sleeper", { definition: { volumes: [forbidden] } });
        expect(await kindOf(world.runtime.createContainer(spec, call))).toBe("start-failed");
        const id = await startProgram(world, app, "sleeper", { definition: { volumes: [mount] } });
        await inside(world, id, "echo here > /bound/file");
        expect(await readdir(source)).toEqual(["file"]);
      });

      it("in memory has its size and its mode", async () => {
        const definition = {
          tmpfs: ["/scratch:size=1m,mode=700"],
          volumes: [{ type: "tmpfs" as const, target: "/cache", tmpfs: { size: "2097152", mode: 0o750 } }],
        };
        const id = await startProgram(world, app, "sleeper", { definition });
        expect(await inside(world, id, "grep -E ' (/scratch|/cache) ' /proc/mounts | sort")).toMatch(
          /\/cache tmpfs .*size=2048k,mode=750.*\n.*\/scratch tmpfs .*size=1024k,mode=700/,
        );
      });
    });

    it("the environment, without what is null", async () => {
      const environment = { GREETING: "hello world", EMPTY: "", FROM_IMAGE: null };
      const id = await startProgram(world, app, "sleeper", { definition: { environment } });
      const variables = (await inside(world, id, "tr '\\0' '\\n' < /proc/1/environ")).split("\n");
      expect(variables).toEqual(expect.arrayContaining(["GREETING=hello world", "EMPTY=", "PATH=/bin"]));
      expect(variables.join(" ")).not.toContain("FROM_IMAGE");
    });

    it("the user, the host name, its hosts, an init, limits and capabilities", async () => {
      const id = await startProgram(world, app, "sleeper", {
        definition: {
          user: "1000",
          hostname: "alpha",
          extra_hosts: ["backup=10.1.2.3"],
          network_mode: "bridge",
          init: true,
          working_dir: "/tmp",
          ulimits: { nofile: { soft: 100, hard: 200 } },
          cap_drop: ["ALL"],
          sysctls: { "net.ipv4.ip_unprivileged_port_start": "1" },
          shm_size: "1048576",
          mem_limit: "1073741824",
          deploy: { resources: { limits: { memory: "67108864", cpus: 0.5, pids: 50 } } },
        },
      });
      expect(await inside(world, id, "id -u; hostname; pwd; grep backup /etc/hosts | cut -f 1")).toBe(
        "1000\nalpha\n/tmp\n10.1.2.3",
      );
      expect(await inside(world, id, "cat /proc/1/comm")).toMatch(/init/);
      // Of the container's own process: runc before 1.1.13 now and then gives what is run beside it the hard limit
      // (https://github.com/opencontainers/runc/issues/4195).
      expect(await inside(world, id, "grep 'open files' /proc/1/limits")).toMatch(/^Max open files +100 +200 /u);
      expect(await inside(world, id, "grep CapBnd /proc/1/status | cut -f 2")).toBe("0000000000000000");
      expect(await inside(world, id, "cat /proc/sys/net/ipv4/ip_unprivileged_port_start")).toBe("1");
      expect(await inside(world, id, "grep shm /proc/mounts")).toContain("size=1024k");
      const limits = z.object({ Memory: z.number(), NanoCpus: z.number(), PidsLimit: z.number() });
      const { HostConfig: host } = await inspect(id, z.object({ HostConfig: limits }));
      expect(host).toEqual({ Memory: 67_108_864, NanoCpus: 500_000_000, PidsLimit: 50 });
    });

    it("nothing that the engine is too old for", async () => {
      const api = await world.client.api(signal);
      const definition = { healthcheck: { test: ["CMD", "true"], start_interval: "1s", start_period: "5s" } };
      const creating = world.runtime.createContainer(specOf(world, app, "sleeper", { definition }), call);
      expect(await kindOf(creating)).toBe(api < 44 ? "unsupported" : "Error: nothing was thrown");
      const network = { name: `${app}_six`, enable_ipv4: false, enable_ipv6: true };
      const networking = world.runtime.createNetwork({ app, key: "six", fingerprint: "f", network }, call);
      expect(await kindOf(networking)).toBe(api < 48 ? "unsupported" : "Error: nothing was thrown");
      const services = { sleeper: { command: null, entrypoint: null, ...definition } };
      expect(await world.runtime.lacks({ services, networks: { six: network } }, call)).toHaveLength(
        (api < 44 ? 1 : 0) + (api < 48 ? 1 : 0),
      );
    });

    it("labels by which docker compose lists the app", async () => {
      const id = await startProgram(world, app, "sleeper", {
        definition: {
          labels: { "com.example": "kept" },
          depends_on: { db: { condition: "service_healthy", required: true } },
        },
      });
      const schema = z.object({ Config: z.object({ Labels: z.record(z.string(), z.string()) }) });
      expect((await inspect(id, schema)).Config.Labels).toEqual({
        "com.example": "kept",
        "dev.stackhouse.app": app,
        "dev.stackhouse.service": "sleeper",
        "dev.stackhouse.number": "1",
        "dev.stackhouse.fingerprint": "v1:sha256:1",
        "dev.stackhouse.release": "r1",
        "com.docker.compose.project": app,
        "com.docker.compose.service": "sleeper",
        "com.docker.compose.container-number": "1",
        "com.docker.compose.config-hash": "v1:sha256:1",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.depends_on": "db:service_healthy:false",
      });
    });

    describe("terminals", () => {
      it("have the size that the client's has, and change with it", async () => {
        const id = await startProgram(world, app, "sleeper");
        const request = { service: "x", command: ["sh", "-c", "read line; stty size"], tty: true, env: {} };
        const session = await world.runtime.exec(id, request, signal);
        await session.resize(120, 40);
        session.stdin.write("\n");
        expect(await text(session.stdout)).toContain("40 120");
        expect(await session.exited).toBe(0);
      });

      it("of a service write logs all the same", async () => {
        const id = await startProgram(world, app, "printer", { definition: { tty: true } });
        await untilContainer(world, app, (container) => container.state === "exited");
        const lines: string[] = [];
        for await (const { line } of world.runtime.logs(id, { follow: false }, signal)) lines.push(line);
        expect(lines).toEqual(["first", "second", "third"]);
      });
    });

    describe("commands in it", () => {
      const request = (script: string) => ({ service: "x", command: ["sh", "-c", script], tty: false, env: {} });

      it("give a long output to a slow reader, whole", async () => {
        const id = await startProgram(world, app, "sleeper");
        const session = await world.runtime.exec(id, request("head -c 3000000 /dev/zero | tr '\\0' x"), signal);
        session.stderr.resume();
        let length = 0;
        for await (const chunk of session.stdout) {
          length += (chunk as Uint8Array).length;
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(length).toBe(3_000_000);
        expect(await session.exited).toBe(0);
      });

      it("break off when the caller gives up, even with output that nobody reads", async () => {
        const id = await startProgram(world, app, "sleeper");
        const given = new AbortController();
        const session = await world.runtime.exec(id, request("cat /dev/zero"), given.signal);
        await new Promise((resolve) => session.stdout.once("readable", resolve));
        given.abort(new Error("changed my mind"));
        expect(await kindOf(session.exited)).toBe("Error: changed my mind");
        await expect(text(session.stdout)).rejects.toThrow("Premature close");
      });
    });

    it("long log lines in one piece", async () => {
      const command = ["sh", "-c", "head -c 50000 /dev/zero | tr '\\0' x; echo; echo short"];
      const id = await startProgram(world, app, "printer", { definition: { command } });
      await untilContainer(world, app, (container) => container.state === "exited");
      const lengths: number[] = [];
      for await (const { line } of world.runtime.logs(id, { follow: false }, signal)) lengths.push(line.length);
      expect(lengths).toEqual([50_000, 5]);
    });

    it("a log that a power cut has damaged: what is before and behind, and that lines are lost", async () => {
      const command = ["sh", "-c", "for line in 1 2 3 4 5 6 7 8 9; do echo $line; done"];
      const id = await startProgram(world, app, "printer", { definition: { command } });
      await untilContainer(world, app, (container) => container.state === "exited");
      const { LogPath: path } = await inspect(id, z.object({ LogPath: z.string() }));
      const records = (await readFile(path, "latin1")).split("\n");
      const damaged = records.map((record, index) => (index === 2 ? "\0".repeat(record.length) : record));
      await writeFile(path, damaged.join("\n"), "latin1");
      const lines = async (query: { since?: string; tail?: number }): Promise<string[]> => {
        const found: string[] = [];
        for await (const { line } of world.runtime.logs(id, { follow: false, ...query }, signal)) found.push(line);
        return found;
      };
      const lost = expect.stringContaining("lines are lost here");
      expect(await lines({})).toEqual(["1", "2", lost, "4", "5", "6", "7", "8", "9"]);
      expect(await lines({ tail: 3 })).toEqual(["7", "8", "9"]);
      expect(await lines({ tail: 8 })).toEqual(["2", lost, "4", "5", "6", "7", "8", "9"]);
      expect(await lines({ since: "2020-01-01T00:00:00.000Z" })).toEqual([
        "1",
        "2",
        lost,
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
      ]);
      expect(await lines({ since: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
    });

    it("the end of a program that ignores its stop signal, after the grace period", async () => {
      const definition = { command: ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"] };
      const id = await startProgram(world, app, "sleeper", { definition });
      await world.runtime.stopContainer(id, 500, call);
      expect((await world.runtime.inspectContainer(id, call))?.container).toMatchObject({
        state: "exited",
        exitCode: 137,
      });
    });

    async function inspect<T>(id: string, schema: z.ZodType<T>): Promise<T> {
      return await world.client.json(schema, { method: "GET", path: `/containers/${id}/json`, signal });
    }
  });
}

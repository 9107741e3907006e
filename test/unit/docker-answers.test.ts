import { Readable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { EngineError, toRuntimeError, type ErrorContext } from "../../host-agent/runtime/docker/errors.ts";
import { frames } from "../../host-agent/runtime/docker/frames.ts";
import { linesOf, longestLine, rawFrames, unixTime } from "../../host-agent/runtime/docker/logs.ts";
import { readStatus } from "../../host-agent/runtime/docker/observed.ts";
import { createPullProgress } from "../../host-agent/runtime/docker/pull-progress.ts";
import { registryOf, withTag } from "../../host-agent/runtime/docker/references.ts";
import { lackingIn, requireSupport } from "../../host-agent/runtime/docker/requirements.ts";
import type { Service } from "../../modules/stackfile/model.ts";

describe("the status line of a list call", () => {
  it.each([
    ["Created", "none", undefined],
    ["Up 2 minutes", "none", undefined],
    ["Up Less than a second (health: starting)", "starting", undefined],
    ["Up About an hour (healthy)", "healthy", undefined],
    ["Up 3 days (unhealthy)", "unhealthy", undefined],
    ["Up 5 seconds (Paused)", "none", undefined],
    ["Exited (0) 3 hours ago", "none", 0],
    ["Exited (137) Less than a second ago", "none", 137],
    ["Restarting (1) 5 seconds ago", "none", 1],
    ["Dead", "none", undefined],
    ["Removal In Progress", "none", undefined],
  ] as const)("%s", (status, health, exitCode) => {
    expect(readStatus(status)).toEqual({ health, exitCode });
  });
});

describe("what the engine says when it fails", () => {
  it.each([
    [
      "start",
      500,
      "driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated",
      "port-taken",
    ],
    ["start", 500, "listen tcp4 0.0.0.0:80: bind: address already in use", "port-taken"],
    ["start", 404, "No such container: abc", "not-found"],
    ["start", 404, "network 1234 not found", "start-failed"],
    ["start", 400, 'OCI runtime create failed: exec: "x": executable file not found in $PATH: unknown', "start-failed"],
    ["create", 404, "No such image: nginx:1", "image-not-found"],
    ["start", 500, 'could not select device driver "" with capabilities: [[gpu]]', "device-missing"],
    ["create", 400, "invalid mount config: bind source path does not exist: /x", "start-failed"],
    ["create", 409, 'Conflict. The container name "/x" is already in use', "conflict"],
    ["any", 403, "error while removing network: network x has active endpoints", "conflict"],
    ["any", 409, "remove x: volume is in use", "conflict"],
    ["any", 500, "mkdir /var/lib/docker/x: no space left on device", "disk-full"],
    ["any", 500, "boom", "internal"],
    ["load", 500, "unexpected EOF", "image-pull-failed"],
    ["load", 500, "write /x: no space left on device", "disk-full"],
    ["pull", 404, "manifest for nginx:9 not found: manifest unknown: manifest unknown", "image-not-found"],
    [
      "pull",
      404,
      'failed to resolve reference "docker.io/library/nginx:9": docker.io/library/nginx:9: not found',
      "image-not-found",
    ],
    ["pull", 500, "no matching manifest for linux/arm64 in the manifest list entries", "image-not-found"],
    [
      "pull",
      404,
      "pull access denied for acme/x, repository does not exist or may require 'docker login'",
      "image-access-denied",
    ],
    [
      "pull",
      500,
      'Head "https://r.example/v2/x/manifests/1": unauthorized: authentication required',
      "image-access-denied",
    ],
    ["pull", 500, 'Head "http://r.example/v2/x/manifests/1": no basic auth credentials', "image-access-denied"],
    [
      "pull",
      500,
      "failed to authorize: failed to fetch oauth token: unexpected status: 401 Unauthorized",
      "image-access-denied",
    ],
    ["pull", 500, 'Get "https://r.example/v2/": dial tcp: lookup r.example: no such host', "image-pull-failed"],
    ["pull", 500, "unexpected EOF", "image-pull-failed"],
    ["pull", 500, "failed to register layer: write /x: no space left on device", "disk-full"],
  ] as readonly (readonly [ErrorContext, number, string, string])[])("%s, %i %s", (context, status, message, kind) => {
    expect(toRuntimeError(new EngineError(status, message), context)).toMatchObject({ kind, message });
  });

  it("a connection that broke is an engine that is unavailable", () => {
    const reset = Object.assign(new Error("aborted"), { code: "ECONNRESET" });
    expect(toRuntimeError(reset, "any")).toMatchObject({ kind: "unavailable", cause: reset });
  });
});

describe("an engine that is too old", () => {
  it.each([
    ["annotations", { annotations: { a: "b" } }, 43, "24.0"],
    ["healthcheck.start_interval", { healthcheck: { start_interval: "1s" } }, 44, "25.0"],
    ["volumes.volume.subpath", { volumes: [{ type: "volume", target: "/x", volume: { subpath: "y" } }] }, 45, "26.0"],
    ["networks.gw_priority", { networks: { x: { gw_priority: 1 } } }, 48, "28.0"],
  ] as readonly (readonly [string, Partial<Service>, number, string])[])("refuses %s", (key, part, api, engine) => {
    const service = { command: null, entrypoint: null, ...part };
    expect(() => requireSupport(service, api - 1)).toThrow(`${key} needs Docker Engine ${engine} or newer on the host`);
    expect(() => requireSupport(service, api)).not.toThrow();
  });
});

describe("what an engine is too old for", () => {
  const service = { command: null, entrypoint: null };
  const wanted = {
    services: {
      web: { ...service, healthcheck: { start_interval: "1s" }, annotations: { a: "b" } },
      db: { ...service, healthcheck: { interval: "1s" } },
    },
    networks: { six: { name: "six", enable_ipv4: false } },
  };

  it("is told of all services and networks at once", () => {
    expect(lackingIn(wanted, 41)).toEqual([
      "web: annotations needs Docker Engine 24.0 or newer on the host",
      "web: healthcheck.start_interval needs Docker Engine 25.0 or newer on the host",
      "network six: enable_ipv4 needs Docker Engine 28.0 or newer on the host",
    ]);
  });

  it("is nothing where it is new enough", () => {
    expect(lackingIn(wanted, 48)).toEqual([]);
  });
});

describe("references", () => {
  it.each([
    ["nginx", "nginx:latest", "https://index.docker.io/v1/"],
    ["nginx:1.27", "nginx:1.27", "https://index.docker.io/v1/"],
    ["acme/web", "acme/web:latest", "https://index.docker.io/v1/"],
    ["localhost/web", "localhost/web:latest", "localhost"],
    ["registry.example.com:5000/a/b", "registry.example.com:5000/a/b:latest", "registry.example.com:5000"],
    ["ghcr.io/acme/web:2", "ghcr.io/acme/web:2", "ghcr.io"],
    ["nginx@sha256:abc", "nginx@sha256:abc", "https://index.docker.io/v1/"],
  ])("%s", (reference, tagged, registry) => {
    expect(withTag(reference)).toBe(tagged);
    expect(registryOf(reference)).toBe(registry);
  });
});

describe("log messages", () => {
  const frame = (stream: 1 | 2, content: string): Buffer => {
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Buffer.byteLength(content), 4);
    return Buffer.concat([header, Buffer.from(content)]);
  };
  const read = async (bytes: Buffer, chunkSize: number) => {
    const chunks = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, index) =>
      bytes.subarray(index * chunkSize, (index + 1) * chunkSize),
    );
    const lines: object[] = [];
    for await (const line of linesOf(frames(Readable.from(chunks)))) lines.push(line);
    return lines;
  };

  it.each([1, 3, 8, 4_096])("are lines of their stream, read in chunks of %i bytes", async (chunkSize) => {
    const bytes = Buffer.concat([frame(1, "T1 one\n"), frame(2, "T2 zwölf\n"), frame(1, "T3 \n")]);
    expect(await read(bytes, chunkSize)).toEqual([
      { stream: "stdout", at: "T1", line: "one" },
      { stream: "stderr", at: "T2", line: "zwölf" },
      { stream: "stdout", at: "T3", line: "" },
    ]);
  });

  it("that the engine split are put together, each stream apart", async () => {
    const bytes = Buffer.concat([
      frame(1, "T1 long "),
      frame(2, "T2 err\n"),
      frame(1, "T3 line\n"),
      frame(1, "T4 end"),
    ]);
    expect(await read(bytes, 4_096)).toEqual([
      { stream: "stderr", at: "T2", line: "err" },
      { stream: "stdout", at: "T1", line: "long line" },
      { stream: "stdout", at: "T4", line: "end" },
    ]);
  });

  it("without an end are cut, and what comes after them is whole", async () => {
    const parts = Array.from({ length: 80 }, () => frame(1, `T1 ${"x".repeat(16_384)}`));
    const bytes = Buffer.concat([...parts, frame(1, "T2 y\n"), frame(1, "T3 next\n")]);
    const [endless, next] = await read(bytes, 65_536);
    expect(endless).toEqual({ stream: "stdout", at: "T1", line: "x".repeat(longestLine) });
    expect(next).toEqual({ stream: "stdout", at: "T3", line: "next" });
  });

  it("of a terminal are cut, too", async () => {
    const chunks = [...Array.from({ length: 40 }, () => Buffer.from("x".repeat(65_536))), Buffer.from("\nT2 next\n")];
    const lines: unknown[] = [];
    for await (const line of linesOf(rawFrames(Readable.from([Buffer.from("T1 "), ...chunks])))) lines.push(line);
    expect(lines).toEqual([
      { stream: "stdout", at: "T1", line: "x".repeat(longestLine) },
      { stream: "stdout", at: "T2", line: "next" },
    ]);
  });

  it.each([
    ["2026-01-02T03:04:05Z", "1767323045.000000000"],
    ["2026-01-02T03:04:05.123456789Z", "1767323045.123456789"],
    ["2026-01-02T04:04:05.5+01:00", "1767323045.500000000"],
  ])("are asked for since %s", (time, seconds) => {
    expect(unixTime(time)).toBe(seconds);
  });
});

describe("the progress of a pull", () => {
  it("counts layers and megabytes", () => {
    const progress = createPullProgress("nginx:1");
    const lines = [
      { id: "1", status: "Pulling from library/nginx" },
      { id: "a", status: "Already exists" },
      { id: "b", status: "Pulling fs layer" },
      { id: "b", status: "Downloading", progressDetail: { current: 4e6, total: 10e6 } },
      { id: "b", status: "Retrying in 5 seconds" },
      { id: "b", status: "Download complete" },
      { id: "b", status: "Extracting", progressDetail: { current: 1, total: 2 } },
      { id: "b", status: "Pull complete" },
      { status: "Digest: sha256:0" },
    ].map((message) => progress.add(message));
    expect(lines).toEqual([
      "pulling nginx:1",
      "pulling nginx:1: 1 of 1 layers",
      "pulling nginx:1: 1 of 2 layers",
      "pulling nginx:1: 1 of 2 layers, 4 of 10 MB",
      "pulling nginx:1: 1 of 2 layers, 4 of 10 MB",
      "pulling nginx:1: 1 of 2 layers, 10 of 10 MB",
      "pulling nginx:1: 1 of 2 layers, 10 of 10 MB",
      "pulling nginx:1: 2 of 2 layers, 10 of 10 MB",
      "pulling nginx:1: 2 of 2 layers, 10 of 10 MB",
    ]);
  });
});

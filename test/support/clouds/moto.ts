import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { EC2Client } from "@aws-sdk/client-ec2";

/** An account at an emulated AWS, empty but for what a new one has: a default VPC with a subnet in each zone. */
export interface Moto extends AsyncDisposable {
  readonly region: string;
  readonly client: EC2Client;
  /** As new again. */
  reset(): Promise<void>;
  /** Makes an IAM instance profile. */
  makeProfile(name: string): Promise<void>;
}

const region = "eu-central-1";

/** Images as their makers offer them, the newest one last. Source of the fields: moto.ec2.models.amis.Ami. */
const images = Object.entries({ amd64: "x86_64", arm64: "arm64" }).flatMap(([processor, architecture], kind) =>
  ["20260101-1", "20261101-2"].map((version, index) => ({
    ami_id: `ami-${kind}000000000000000${index}`,
    name: `debian-13-${processor}-${version}`,
    owner_id: "136693071363",
    image_location: `amazon/debian-13-${processor}-${version}`,
    architecture,
    virtualization_type: "hvm",
    root_device_type: "ebs",
    root_device_name: "/dev/xvda",
    image_type: "machine",
    state: "available",
    public: true,
    creation_date: `2026-0${index + 1}-01T00:00:00.000Z`,
  })),
);

const startDeadlineMs = 60_000;

/** Starts moto's server on a free port, with nothing in it. */
export async function startMoto(python: string): Promise<Moto> {
  const folder = await mkdtemp(join(tmpdir(), "stackhouse-moto-"));
  await writeFile(join(folder, "images.json"), JSON.stringify(images));
  // The kernel ends it when a killed test run cannot.
  const command = ["--pdeathsig", "TERM", python, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"];
  const child = spawn("setpriv", command, {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env["PATH"],
      MOTO_AMIS_PATH: join(folder, "images.json"),
      MOTO_EC2_LOAD_DEFAULT_AMIS: "false",
    },
  });
  const exited = once(child, "exit");
  const lines: string[] = [];
  const listening = new Promise<string>((resolve) => {
    createInterface(child.stderr).on("line", (line) => {
      const endpoint = /Running on (http:\S+)/.exec(line)?.[1];
      if (endpoint !== undefined) resolve(endpoint);
      // Afterwards it tells of each request.
      if (lines.length < 50) lines.push(line);
    });
  });
  const starting = AbortSignal.timeout(startDeadlineMs);
  const ended = Promise.race([exited, once(starting, "abort")]).then(() => undefined);
  const endpoint = await Promise.race([listening, ended]);
  if (endpoint === undefined) {
    child.kill("SIGKILL");
    throw new Error(`moto did not start:\n${lines.join("\n")}`);
  }
  const client = new EC2Client({
    region,
    endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  return {
    region,
    client,
    async reset() {
      const { ok, status } = await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
      if (!ok) throw new Error(`moto answered ${status} to a reset`);
    },
    async makeProfile(InstanceProfileName) {
      // The one call that is not EC2's. The emulator looks at the name of the service alone, and not at who signs.
      const { ok, status } = await fetch(endpoint, {
        method: "POST",
        headers: { authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request" },
        body: new URLSearchParams({ Action: "CreateInstanceProfile", Version: "2010-05-08", InstanceProfileName }),
      });
      if (!ok) throw new Error(`moto answered ${status} to a new profile`);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

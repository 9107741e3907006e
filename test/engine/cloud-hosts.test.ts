import { expect, test } from "@jest/globals";
import type * as pulumi from "@pulumi/pulumi";
import { App, type Host } from "stackhouse";
import { Ec2Host } from "stackhouse/aws";
import { DropletHost } from "stackhouse/digitalocean";
import { emptyRun, reduceEvent, type EngineEvent } from "../../modules/engine/index.ts";
import { endFakeRuntime } from "../support/agent.ts";
import { memoryAws } from "../support/clouds/memory-aws.ts";
import type { MemoryCloud } from "../support/clouds/memory-cloud.ts";
import { memoryDigitalOcean } from "../support/clouds/memory-digitalocean.ts";
import { recordedCall } from "../support/engine/session.ts";
import { changesIn, rowOf, saidIn } from "../support/provider/rows.ts";
import { describeProvider } from "../support/provider/session.ts";
import type { TestWorld } from "../support/provider/world.ts";

const inline = {
  name: "shop",
  services: { web: { image: "web:1", ports: ["80:80"], volumes: ["data:/data"] } },
  volumes: { data: {} },
};

/** What a preview shows as replaced: `Instance`. */
function replacedIn(run: { readonly events: readonly EngineEvent[] }): readonly string[] {
  const { rows } = run.events.reduce(reduceEvent, emptyRun);
  return rows.filter(({ op }) => op === "replace").map(({ type }) => type.slice(type.lastIndexOf(":") + 1));
}

interface CloudCase {
  readonly name: string;
  readonly machine: string;
  readonly start: typeof memoryAws;
  /** What happens to machine and volume, in order, where the machine is replaced. The volume is never on two, nor taken from one that runs. */
  readonly replacement: readonly string[];
  readonly host: (wanted: { readonly kind: string }) => Host & { readonly address: pulumi.Output<string> };
}

const dataVolume = { sizeGiB: 8 };
const sshFrom = ["203.0.113.7/32"];
const cases: readonly CloudCase[] = [
  {
    name: "EC2",
    machine: "Instance",
    start: memoryAws,
    // Its provider stops the old one before it detaches: `stopInstanceBeforeDetaching`.
    replacement: ["create Instance", "delete VolumeAttachment", "create VolumeAttachment", "delete Instance"],
    host: ({ kind }) => new Ec2Host("machine", { image: kind as "debian-13", dataVolume, sshFrom }),
  },
  {
    name: "DigitalOcean",
    machine: "Droplet",
    start: memoryDigitalOcean,
    // Its provider shuts the old one down, detaches what it has, and deletes it: the attachment goes with it.
    replacement: ["delete Droplet", "create Droplet", "create VolumeAttachment"],
    host: ({ kind }) => new DropletHost("machine", { region: "fra1", image: kind as "debian-13", dataVolume, sshFrom }),
  },
];

// The real engine and the clouds' real libraries; the cloud itself is in memory.
for (const { name, machine, start, replacement, host } of cases) {
  let cloud: MemoryCloud;
  /** A new machine has an empty disk; what a data volume holds comes with it. */
  const withCloud = (world: TestWorld) => {
    const emptied = (): void => {
      world.installed = undefined;
      endFakeRuntime(world.runtime);
      for (const held of [world.runtime.world.containers, world.runtime.world.networks]) held.clear();
    };
    const made = start(emptied);
    cloud = made.cloud;
    return [made.provider];
  };
  const opened = (): string =>
    JSON.stringify(
      cloud
        .of("SecurityGroupIngressRule")
        .concat(cloud.of("Firewall"))
        .map(({ properties }) => properties),
    );
  const suite = `a host on ${name} through the engine`;

  await describeProvider(
    suite,
    (session) => {
      const program = () => {
        const wanted = { kind: "debian-13" };
        const run = async (): Promise<object> => {
          const machineHost = host(wanted);
          const app = new App<"web">("shop", { host: machineHost, inline });
          return { url: app.services.web.url, address: machineHost.address };
        };
        return { wanted, run };
      };

      test("from a preview of nothing to a running app, then nothing to do, and nothing left", async () => {
        const { world, open } = session();
        const stack = await open(program().run);
        const preview = recordedCall();
        expect(await stack.preview(preview)).toMatchObject({ changed: true });
        for (const said of ["data volume 8 GiB", "22/tcp open to 203.0.113.7/32", "shop opens 80/tcp to 0.0.0.0/0"]) {
          expect(saidIn(preview)).toContain(said);
        }
        expect(cloud.things.size).toBe(0);

        const { outputs } = await stack.up(recordedCall());
        expect(outputs["url"]).toBe(`http://${String(outputs["address"])}:80`);
        expect(opened()).toMatch(/80/u);
        cloud.newest = "2";
        expect(await stack.up(recordedCall())).toMatchObject({ changed: false });
        expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });

        world.dialled.splice(0);
        await stack.destroy(recordedCall());
        expect(cloud.things.size).toBe(0);
        expect(world.dialled).toEqual([]);
      });

      test("a new agent is an update on the machine that is there", async () => {
        const { world, open } = session();
        const stack = await open(program().run);
        await stack.up(recordedCall());
        cloud.log.splice(0);
        world.bundle = { version: "0.2.0", bundleDigest: "b2" };
        await stack.up(recordedCall());
        expect(world.installed).toBe("b2");
        expect(cloud.log).toEqual([]);
      });

      test("another image replaces the machine, as preview says, and its data volume moves to the new one", async () => {
        const { world, open } = session();
        const { wanted, run } = program();
        const stack = await open(run);
        const before = (await stack.up(recordedCall())).outputs["address"];
        const [volume] = cloud.of("Volume");
        cloud.log.splice(0);
        wanted.kind = "ubuntu-24.04";
        world.silent.add(String(before));
        const preview = recordedCall();
        await stack.preview(preview);
        expect(replacedIn(preview)).toContain(machine);
        expect(rowOf(preview, "Agent").op).toBe("update");
        const { outputs } = await stack.up(recordedCall());
        expect(outputs["address"]).not.toBe(before);
        expect(cloud.of("Volume")).toEqual([volume]);
        const steps = cloud.log.filter((step) => step.includes("VolumeAttachment") || step.endsWith(machine));
        expect(steps).toEqual(replacement);
        expect(world.installed).toBe("b1");
        expect([...world.runtime.world.containers.values()]).toHaveLength(1);
        expect(await stack.up(recordedCall())).toMatchObject({ changed: false });
        await stack.destroy(recordedCall());
        expect(cloud.things.size).toBe(0);
      });

      test("a machine that was ended behind our back is made anew, with its data volume", async () => {
        const { world, open } = session();
        const stack = await open(program().run);
        const { address } = (await stack.up(recordedCall())).outputs;
        const [volume] = cloud.of("Volume");
        for (const gone of [...cloud.of(machine), ...cloud.of("VolumeAttachment")]) cloud.things.delete(gone.id);
        world.silent.add(String(address));

        const refresh = recordedCall();
        expect(await stack.refresh(refresh)).toMatchObject({ changed: true });
        expect(saidIn(refresh)).toContain("the cloud says whether the machine is there");
        const repair = recordedCall();
        const { outputs } = await stack.up(repair);
        expect(changesIn(repair, "Agent")).toEqual(
          expect.arrayContaining(["update connection.address", "update connection.machineId"]),
        );
        expect(outputs["address"]).not.toBe(address);
        expect(cloud.of("Volume")).toEqual([volume]);
        expect([...world.runtime.world.containers.values()]).toHaveLength(1);
        expect(await stack.up(recordedCall())).toMatchObject({ changed: false });
      });
    },
    withCloud,
  );
}

import { expect, test } from "@jest/globals";
import { App } from "../../index.ts";
import { DropletHost, type DropletHostArgs } from "../../modules/hosts/digitalocean/index.ts";
import { dropletChanges } from "../support/clouds/droplet-changes.ts";
import { documentedArguments, effectOn } from "../support/clouds/tables.ts";
import { describeOnDigitalocean } from "../support/clouds/digitalocean/session.ts";
import { recordedCall } from "../support/engine/session.ts";
import { rowsOf, saidIn } from "../support/provider/rows.ts";

const droplet = "digitalocean:index/droplet:Droplet";

// The double turns every seventh request away as one too many, and every eleventh for a trouble of its own; what is asked for takes a
// few looks. So each of these sentences holds with both.
await describeOnDigitalocean("a droplet through the engine", (session) => {
  /** A host with an app, whose arguments a test may change between runs. */
  const program = (args: Partial<DropletHostArgs> = {}) => {
    const wanted = { args, port: "80:8080" };
    const run = async (): Promise<object> => {
      const given = { region: "fra1", sshFrom: ["203.0.113.0/24"], dataVolume: { sizeGiB: 8 }, ...wanted.args };
      const host = new DropletHost("machine", given);
      const inline = { name: "shop", services: { web: { image: "web:1", ports: [wanted.port] } } };
      const app = new App<"web">("shop", { host, inline });
      return { url: app.services.web.url, address: host.address, id: host.dropletId, hostId: host.hostId };
    };
    return { wanted, run };
  };

  const droplets = () => [...session().account.cloud.droplets.values()].filter(({ leaving }) => leaving === undefined);

  /** The data volume and whose it is now. */
  const dataVolume = () => {
    const [found, other] = [...session().account.cloud.volumes.values()];
    expect(other).toBeUndefined();
    return { id: found?.id, of: String(found?.droplet_ids[0]), size: found?.size_gigabytes };
  };

  /** Who may reach what: `22/tcp from 203.0.113.0/24`. */
  const opened = (): readonly string[] =>
    [...session().account.cloud.firewalls.values()]
      .flatMap(({ inbound_rules: rules }) => rules)
      .map(({ ports, protocol, sources }) => `${ports}/${protocol} from ${sources?.addresses.join(" ")}`)
      .sort();

  test("is made with its volume and exactly its ports, and then there is nothing to do", async () => {
    const { account, open, world } = session();
    const { wanted, run } = program();
    const stack = await open(run);
    const preview = recordedCall();
    expect(await stack.preview(preview)).toMatchObject({ changed: true });
    expect(saidIn(preview)).toMatch(/a droplet s-1vcpu-2gb \(debian-13-x64\) in fra1/u);
    expect(account.cloud.inventory()).toEqual([]);

    const { outputs } = await stack.up(recordedCall());
    const { id, address } = outputs as { id: string; address: string };
    expect(droplets()).toMatchObject([
      {
        ...{ id: Number(id), address, image: "debian-13-x64", monitoring: true, backups: false },
        user_data: expect.stringMatching(/^#cloud-config\n[\s\S]*ed25519_private/u),
      },
    ]);
    expect(outputs["url"]).toBe(`http://${address}:80`);
    expect(dataVolume()).toMatchObject({ of: id, size: 8 });
    expect(opened()).toEqual(["22/tcp from 203.0.113.0/24", "80/tcp from 0.0.0.0/0 ::/0"]);

    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });

    wanted.port = "8081:8080";
    await stack.up(recordedCall());
    expect(droplets()).toMatchObject([{ id: Number(id) }]);
    expect(opened()).toEqual(["22/tcp from 203.0.113.0/24", "8081/tcp from 0.0.0.0/0 ::/0"]);

    // Nobody dials a host that goes.
    world.dialled.splice(0);
    await stack.destroy(recordedCall());
    expect(world.dialled).toEqual([]);
    expect(account.cloud.inventory()).toEqual([]);
    expect([...account.cloud.torn]).toEqual([]);
    expect(account.turnedAway.tooMany).toBeGreaterThan(0);
    expect(account.turnedAway.unavailable).toBeGreaterThan(0);
  });

  test("does with each argument what docs/hosts.md says", async () => {
    const { open } = session();
    const { wanted, run } = program({ dataVolume: undefined });
    const stack = await open(run);
    await stack.up(recordedCall());
    const documented = await documentedArguments("DropletHost");
    expect(documented.map(({ argument }) => argument).sort()).toEqual(Object.keys(dropletChanges).sort());
    for (const { argument, change } of documented) {
      wanted.args = { dataVolume: undefined, ...dropletChanges[argument] };
      const effect = await effectOn(droplet, stack);
      expect({ argument, effect }).toEqual({ argument, effect: change === "restart" ? "update" : change });
    }
  });

  test("gets other tags and an IPv6 address as it runs, and gives the address up by being replaced", async () => {
    const { account, open } = session();
    const { wanted, run } = program({ tags: ["old", "kept"] });
    const stack = await open(run);
    const { id } = (await stack.up(recordedCall())).outputs;
    wanted.args = { tags: ["kept", "new"], ipv6: true };
    await stack.up(recordedCall());
    const tags = [expect.stringMatching(/^machine-/u), "kept", "new"];
    expect(droplets()).toMatchObject([{ id: Number(id), tags, ipv6: true }]);
    expect([...account.cloud.volumes.values()]).toMatchObject([{ tags: ["kept", "new"] }]);
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });

    wanted.args = { tags: ["kept", "new"], ipv6: false };
    const preview = recordedCall();
    await stack.preview(preview);
    expect(rowsOf(preview, droplet).map(({ op }) => op)).toContain("replace");
  });

  test("does not leave the region of its data volume, as preview says before anything is touched", async () => {
    const { account, open } = session();
    const { wanted, run } = program({ reservedIp: true });
    const stack = await open(run);
    const { id } = (await stack.up(recordedCall())).outputs;
    const all = account.cloud.inventory();
    wanted.args = { region: "nyc3", reservedIp: true };
    const refusal = {
      details: expect.arrayContaining([expect.stringContaining("is fra1, and cannot become nyc3: the data volume")]),
    };
    await expect(stack.preview(recordedCall())).rejects.toMatchObject(refusal);
    await expect(stack.up(recordedCall())).rejects.toMatchObject(refusal);
    expect(account.cloud.inventory()).toEqual(all);
    expect(droplets()).toMatchObject([{ id: Number(id), region: "fra1", status: "active" }]);
    wanted.args = { reservedIp: true };
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
  });

  test.each<[string, Partial<DropletHostArgs>, string]>([
    ["its region takes no more", { region: "nyc2" }, "nyc2 takes no new droplets: choose another region; doctl"],
    [
      "its region has none of its size",
      { size: "g-2vcpu-8gb" },
      "fra1 has no droplets of size g-2vcpu-8gb: choose another size, or another region; doctl",
    ],
  ])("is not begun where %s: preview says what to do", async (_, args, reason) => {
    const { account, open } = session();
    const { wanted, run } = program(args);
    const stack = await open(run);
    const refusal = { details: expect.arrayContaining([expect.stringContaining(reason)]) };
    await expect(stack.preview(recordedCall())).rejects.toMatchObject(refusal);
    await expect(stack.up(recordedCall())).rejects.toMatchObject(refusal);
    expect(account.cloud.inventory()).toEqual([]);
    // Nothing of it is noted that would forbid another one.
    wanted.args = {};
    await stack.up(recordedCall());
    expect(droplets()).toMatchObject([{ region: "fra1" }]);
  });

  test("that was turned off is told by name after a refresh, and goes on where somebody turns it on again", async () => {
    const { account, open } = session();
    const stack = await open(program().run);
    const { id } = (await stack.up(recordedCall())).outputs as { id: string };
    const [running] = droplets();
    running!.status = "off";

    await stack.refresh(recordedCall());
    const refusal = { details: expect.arrayContaining([expect.stringContaining(`the droplet ${id} is off`)]) };
    await expect(stack.preview(recordedCall())).rejects.toMatchObject(refusal);
    await expect(stack.up(recordedCall())).rejects.toMatchObject(refusal);

    running!.status = "active";
    await stack.refresh(recordedCall());
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });
    // What is off can be destroyed.
    running!.status = "off";
    await stack.refresh(recordedCall());
    await stack.destroy(recordedCall());
    expect(account.cloud.inventory()).toEqual([]);
  });

  test("lives beside that of another Pulumi stack of the same program, in the same account", async () => {
    const { account, open } = session();
    const [one, other] = [program(), program()];
    const first = await open(one.run, "first");
    const second = await open(other.run, "second");
    await first.up(recordedCall());
    const own = account.cloud.inventory();
    await second.up(recordedCall());
    expect(await first.preview(recordedCall())).toMatchObject({ changed: false });
    await second.destroy(recordedCall());
    expect(account.cloud.inventory()).toEqual(own);
  });

  test("stays itself where it can, and its volume moves to another one where it cannot", async () => {
    const { account, open, world } = session();
    const { wanted, run } = program();
    const stack = await open(run);
    const first = (await stack.up(recordedCall())).outputs;
    const volume = dataVolume().id;

    wanted.args = { size: "s-2vcpu-4gb", backups: true, reservedIp: true, dataVolume: { sizeGiB: 9 } };
    const changed = (await stack.up(recordedCall())).outputs;
    expect(changed["id"]).toBe(first["id"]);
    expect(changed["address"]).not.toBe(first["address"]);
    expect(droplets()).toMatchObject([{ size: "s-2vcpu-4gb", backups: true, status: "active" }]);
    expect(dataVolume()).toMatchObject({ id: volume, of: first["id"], size: 9 });
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });

    wanted.args = { ...wanted.args, image: "debian-12" };
    const preview = recordedCall();
    await stack.preview(preview);
    expect(rowsOf(preview, droplet).map(({ op }) => op)).toContain("replace");
    const replaced = (await stack.up(recordedCall())).outputs;
    expect(replaced["id"]).not.toBe(first["id"]);
    // At the same address, with the same key: agent and app are asked of the successor, and no more of the one before.
    const asked = world.machines.slice(world.machines.indexOf(String(replaced["id"])));
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked)).toEqual(new Set([replaced["id"]]));
    expect(droplets()).toMatchObject([{ id: Number(replaced["id"]), image: "debian-12-x64" }]);
    expect(dataVolume()).toMatchObject({ id: volume, of: replaced["id"] });
    // The old one was off before it gave the volume back.
    expect([...account.cloud.torn]).toEqual([]);
    // The address stays, whoever has it, and so does the host's key.
    expect(replaced["address"]).toBe(changed["address"]);
    expect(replaced["hostId"]).toBe(first["hostId"]);
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
    await stack.destroy(recordedCall());
    expect(account.cloud.inventory()).toEqual([]);
  });

  test("leaves its data volume where destroy is told to keep it, and nothing else", async () => {
    const { account, open } = session();
    const stack = await open(program({ dataVolume: { sizeGiB: 8, keep: true } }).run);
    await stack.up(recordedCall());
    const { id } = dataVolume();
    await stack.destroy(recordedCall());
    expect(account.cloud.inventory()).toEqual([expect.stringContaining(String(id))]);
  });

  test("that was ended behind our back is noticed, and made anew with its data volume", async () => {
    const { account, open, world } = session();
    const stack = await open(program().run);
    const { id } = (await stack.up(recordedCall())).outputs as { id: string };
    const volume = dataVolume().id;

    account.cloud.deleteDroplet(Number(id));
    account.cloud.settle();
    world.driver.onDestroyed("machine");
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: true });
    const before = world.calls.length;
    const again = (await stack.up(recordedCall())).outputs;
    expect(droplets()).toMatchObject([{ id: Number(again["id"]) }]);
    expect(dataVolume()).toMatchObject({ id: volume, of: again["id"] });
    expect(world.calls.slice(before)).toContain("install");
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });

    // Also what is gone already can be destroyed.
    account.cloud.deleteDroplet(Number(again["id"]));
    await stack.destroy(recordedCall());
    expect(account.cloud.inventory()).toEqual([]);
  });
});

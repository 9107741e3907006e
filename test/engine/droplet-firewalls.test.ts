import { expect, test } from "@jest/globals";
import { App } from "../../index.ts";
import { DropletHost, type DropletHostArgs } from "../../modules/hosts/digitalocean/index.ts";
import { describeOnDigitalocean } from "../support/clouds/digitalocean/session.ts";
import { recordedCall } from "../support/engine/session.ts";

// Seen while a run is at it: at DigitalOcean a droplet in no firewall is open.
await describeOnDigitalocean("a droplet and its firewalls", (session) => {
  /** A host whose database is for a few alone. */
  const program = (name: string, args: Partial<DropletHostArgs> = {}) => {
    const wanted = { args };
    const few = ["203.0.113.0/24"];
    const run = async (): Promise<object> => {
      const host = new DropletHost(name, { region: "fra1", sshFrom: few, publishTo: few, ...wanted.args });
      new App("shop", { host, inline: { name: "shop", services: { db: { image: "db:1", ports: ["5432:5432"] } } } });
      return {};
    };
    return { wanted, run };
  };

  const droplets = () => [...session().account.cloud.droplets.values()].filter(({ leaving }) => leaving === undefined);

  /** The ports that are open at each droplet, in the order in which they were made. */
  const open = (): readonly string[] =>
    droplets().map((droplet) =>
      session()
        .account.cloud.firewallsOf(droplet)
        .flatMap(({ inbound_rules }) => inbound_rules.map(({ ports }) => ports))
        .sort()
        .join(" "),
    );

  /** After which requests a droplet was in no firewall. */
  const watch = (): readonly string[] => {
    const { cloud } = session().account;
    const bare: string[] = [];
    const answer = cloud.answer.bind(cloud);
    cloud.answer = (request) => {
      const reply = answer(request);
      const found = droplets().filter((droplet) => cloud.firewallsOf(droplet).length === 0);
      for (const { id } of found) bare.push(`${request.method} ${request.path.join("/")}: ${id} is open`);
      return reply;
    };
    return bare;
  };

  test("are together while it is replaced, and where its successor fails", async () => {
    const { open: openStack, world } = session();
    const { wanted, run } = program("db.example");
    const stack = await openStack(run);
    const bare = watch();
    await stack.up(recordedCall());
    expect(open()).toEqual(["22 5432"]);

    const { installer } = world.ports;
    const install = installer.install.bind(installer);
    const during: (readonly string[])[] = [];
    installer.install = (...given) => {
      during.push(open());
      return install(...given);
    };
    wanted.args = { image: "debian-12" };
    await stack.up(recordedCall());
    expect(during).toEqual([["22 5432", "22 5432"]]);
    expect(open()).toEqual(["22 5432"]);

    installer.install = () => Promise.reject(new Error("it does not boot"));
    wanted.args = { image: "debian-13" };
    await expect(stack.up(recordedCall())).rejects.toThrow();
    expect(open()).toEqual(["22 5432", "22 5432"]);
    expect(bare).toEqual([]);
  });

  test.each([{}, { dataVolume: { sizeGiB: 8 } }])("are together until it is gone, with %j", async (args) => {
    const { account, open: openStack } = session();
    const stack = await openStack(program("db", args).run);
    const bare = watch();
    await stack.up(recordedCall());
    await stack.destroy(recordedCall());
    expect(bare).toEqual([]);
    expect(account.cloud.inventory()).toEqual([]);
  });
});

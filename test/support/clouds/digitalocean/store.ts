import type { Reply } from "./replies.ts";
import type { Action, Droplet, Firewall, Key, Volume } from "./things.ts";

/** How often one must look at what was just asked for until it is so. */
export const looks = 2;

/** All that is in an account, and what was asked for and is not done yet. */
export class Store {
  readonly droplets = new Map<number, Droplet>();
  readonly keys = new Map<number, Key>();
  readonly firewalls = new Map<string, Firewall>();
  readonly volumes = new Map<string, Volume>();
  /** Their names. What has one keeps it until the tag itself is deleted, and what is made with another one makes that. */
  readonly tags = new Set<string>();
  /** Reserved addresses, and whose they are. */
  readonly addresses = new Map<string, number | undefined>();
  /** Volumes that were taken from a droplet that ran: what it had not written yet is lost. */
  readonly torn = new Set<string>();
  readonly #actions = new Map<number, Action>();
  #last = 1000;

  /** A number that nothing has had. */
  next(): number {
    return ++this.#last;
  }

  /** An action that is done after a few looks at it. */
  started(finish: () => unknown): Reply {
    const id = this.next();
    this.#actions.set(id, { id, pending: looks, finish: () => void finish() });
    return { status: 201, body: { action: { id, status: "in-progress" } } };
  }

  look(actionId: number): Reply | undefined {
    const action = this.#actions.get(actionId);
    if (action === undefined) return undefined;
    if (action.pending > 0 && --action.pending === 0) action.finish();
    const status = action.pending > 0 ? "in-progress" : "completed";
    return { status: 200, body: { action: { id: actionId, status } } };
  }

  detach(volume: Volume, dropletId: number): void {
    if (!volume.droplet_ids.includes(dropletId)) return;
    if (this.droplets.get(dropletId)?.status === "active") this.torn.add(volume.id);
    volume.droplet_ids = volume.droplet_ids.filter((one) => one !== dropletId);
  }

  /** As a person does it in the control panel. */
  deleteDroplet(id: number): void {
    for (const volume of this.volumes.values()) this.detach(volume, id);
    const droplet = this.droplets.get(id);
    if (droplet !== undefined) droplet.leaving ??= looks;
    for (const [ip, owner] of this.addresses) if (owner === id) this.addresses.set(ip, undefined);
  }

  /** A droplet is in the firewalls of its tags. One that is in none is open. */
  firewallsOf({ tags }: Pick<Droplet, "tags">): readonly Firewall[] {
    return [...this.firewalls.values()].filter((firewall) => firewall.tags.some((tag) => tags.includes(tag)));
  }

  deleteTag(name: string): void {
    this.tags.delete(name);
    const tagged = [...this.droplets.values(), ...this.volumes.values(), ...this.firewalls.values()];
    for (const thing of tagged) thing.tags = thing.tags.filter((tag) => tag !== name);
  }

  /** As if enough had been looked: what was deleted is gone. */
  settle(): void {
    for (const { id, leaving } of this.droplets.values()) if (leaving !== undefined) this.droplets.delete(id);
  }

  /** An empty account. */
  reset(): void {
    const { droplets, keys, firewalls, volumes, tags, addresses, torn } = this;
    for (const things of [droplets, keys, firewalls, volumes, tags, addresses, torn]) things.clear();
  }
}

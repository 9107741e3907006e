import * as z from "zod";

// What requests bring, and what is kept of them: in the words of DigitalOcean's API.

export const keySchema = z.object({ name: z.string(), public_key: z.string() });
export const dropletSchema = z.object({
  ...{ name: z.string(), region: z.string(), size: z.string(), image: z.string(), user_data: z.string() },
  ...{ ssh_keys: z.array(z.string()), tags: z.array(z.string()), vpc_uuid: z.string().optional() },
  ...{ monitoring: z.boolean(), backups: z.boolean(), ipv6: z.boolean() },
});
const ruleSchema = z.object({
  protocol: z.string(),
  ports: z.string(),
  sources: z.object({ addresses: z.array(z.string()) }).optional(),
  destinations: z.object({ addresses: z.array(z.string()) }).optional(),
});
export const firewallSchema = z.object({
  ...{ name: z.string(), tags: z.array(z.string()) },
  ...{ inbound_rules: z.array(ruleSchema), outbound_rules: z.array(ruleSchema) },
});
export const volumeSchema = z.object({
  ...{ name: z.string(), region: z.string(), size_gigabytes: z.number(), tags: z.array(z.string()) },
});
export const tagSchema = z.object({ name: z.string().regex(/^[\w:-]{1,255}$/) });
export const taggedSchema = z.object({
  resources: z.array(z.object({ resource_id: z.string(), resource_type: z.enum(["droplet", "volume"]) })),
});
export const actionSchema = z.object({
  ...{ type: z.string(), size: z.string().optional(), size_gigabytes: z.number().optional() },
  droplet_id: z.number().optional(),
});

export type Droplet = z.infer<typeof dropletSchema> & {
  readonly id: number;
  readonly address: string;
  status: "new" | "active" | "off";
  /** Looks until it has settled. */
  pending: number;
  /** It was asked for and does not show yet. */
  unseen: boolean;
  /** It was deleted; looks until that shows. */
  leaving?: number;
};
export type Firewall = z.infer<typeof firewallSchema> & { readonly id: string };
export type Volume = z.infer<typeof volumeSchema> & { readonly id: string; droplet_ids: number[] };
export interface Key extends z.infer<typeof keySchema> {
  readonly id: number;
  readonly fingerprint: string;
}
export interface Action {
  readonly id: number;
  readonly finish: () => void;
  pending: number;
}

/** What a service says of a network that it joins. */
type Attachment = { readonly priority?: number | undefined } | null;

/** The network with the highest priority comes first, which gives the default route; then they go by name, as Compose has it. */
export function networksByPriority(networks: Readonly<Record<string, Attachment>> = {}): readonly string[] {
  const priority = (key: string): number => networks[key]?.priority ?? 0;
  return Object.keys(networks).sort((one, other) => priority(other) - priority(one) || (one < other ? -1 : 1));
}

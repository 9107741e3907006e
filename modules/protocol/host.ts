import * as z from "zod";

/** How an SSH server is reached. */
const sshServerSchema = z.strictObject({
  address: z.string(),
  port: z.number().int().min(1).max(65_535),
  user: z.string(),
  /** The one host key that is accepted: OpenSSH public key text, `ssh-ed25519 AAAA…`. */
  hostKey: z.string(),
  /** OpenSSH private key text. A secret. Absent: the SSH agent of the workstation. */
  privateKey: z.string().optional(),
});

/** How a host is reached. */
export const hostConnectionSchema = sshServerSchema.extend({
  /** The server that the host is reached through, where it cannot be reached itself. Its keys are its own. */
  jump: sshServerSchema.optional(),
  /** What `sudo` asks a user for that is not root. A secret. Absent: it asks for nothing. */
  sudoPassword: z
    .string()
    .regex(/^[^\r\n]*$/, "is one line")
    .optional(),
  /** The local VM that it is: its agent can be reached through a port of its hypervisor, without SSH. */
  vmId: z.string().optional(),
  /**
   * Id of the machine in a cloud that it is, where the program made it: the cloud knows whether it is there, and a new id is a
   * machine that boots for the first time.
   */
  machineId: z.string().optional(),
});
export type HostConnection = z.infer<typeof hostConnectionSchema>;

/** What to do about a host that is there and does not answer, as the hint of an error. */
export function wayBackTo({ vmId, machineId }: Partial<Pick<HostConnection, "vmId" | "machineId">>): string {
  if (machineId !== undefined) {
    return `where it has just been started, it may boot; its cloud knows whether ${machineId} is still there: pulumi refresh asks it, and stackhouse up then makes it anew where it is gone`;
  }
  return vmId === undefined
    ? "check that the host is on, and its address, port and firewall"
    : `stackhouse host console ${vmId} shows its last lines; where it hangs: stackhouse host stop ${vmId} --grace 0, then stackhouse up`;
}

export const hostFactsSchema = z.strictObject({
  architecture: z.string(),
  cpus: z.number().int(),
  memoryBytes: z.number(),
  os: z.string(),
  hypervisorClass: z.enum(["type-1", "type-2", "emulation", "none", "unknown"]),
});
export type HostFacts = z.infer<typeof hostFactsSchema>;

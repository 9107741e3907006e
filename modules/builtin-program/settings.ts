import * as z from "zod";

/** Where the built-in program puts the app. */
const hostSettingsSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("local"),
    cpus: z.number().int().optional(),
    memoryMiB: z.number().int().optional(),
    diskGiB: z.number().int().optional(),
  }),
  z.strictObject({
    kind: z.literal("ssh"),
    address: z.string(),
    port: z.number().int().optional(),
    user: z.string().optional(),
    /** The one host key that is accepted: OpenSSH public key text. */
    hostKey: z.string(),
    /** File of the private key, absolute. Absent: the SSH agent. */
    identityFile: z.string().optional(),
    /** File with what `sudo` asks for, absolute. Absent: it asks for nothing. */
    sudoPasswordFile: z.string().optional(),
    /** The server that it is reached through. */
    jump: z
      .strictObject({
        address: z.string(),
        port: z.number().int().optional(),
        user: z.string().optional(),
        hostKey: z.string(),
        /** Absent: the key of the host. */
        identityFile: z.string().optional(),
      })
      .optional(),
    /** Ports of databases that the world may reach. */
    allowPublic: z.array(z.number().int()).optional(),
  }),
]);
export type HostSettings = z.infer<typeof hostSettingsSchema>;

/** What the built-in program remembers from one run to the next. Values of variables are not among it: they may be secrets. */
export const builtinSettingsSchema = z.strictObject({
  /** Stack files in merge order, absolute. */
  files: z.array(z.string()).min(1),
  /** The app's name where an option gave it; else the stack file does. */
  givenName: z.string().optional(),
  host: hostSettingsSchema,
  /** Archives of images that no registry has, absolute. */
  imageArchives: z.array(z.string()),
});
export type BuiltinSettings = z.infer<typeof builtinSettingsSchema>;

/** What only one run knows. */
export interface RunInput {
  /** Name of the app. */
  readonly name: string;
  /** Folder that relative paths in the stack file start from, absolute. */
  readonly projectDirectory: string;
  readonly envFiles?: readonly string[];
  readonly profiles: readonly string[];
  /** Variables that the stack file uses, as the shell or `--set` has them. Nobody says which are secrets, so all are. */
  readonly variables: Readonly<Record<string, string>>;
  readonly login?: LoginSecrets;
}

/** What the files hold that open an existing machine. All of it is secret. */
export interface LoginSecrets {
  readonly privateKey?: string;
  readonly jumpPrivateKey?: string;
  readonly sudoPassword?: string;
}

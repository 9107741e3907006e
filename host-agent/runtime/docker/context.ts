/** A config or secret as a file on the host. */
export interface HostFile {
  readonly path: string;
  readonly target: string;
}

/** What the mapping must know of the engine and its host. */
export interface BodyContext {
  /** Minor number of the API version. */
  readonly api: number;
  /** Targets of the volumes that the image declares, without those that `volumes_from` brings. */
  readonly imageVolumes: readonly string[];
  /** Configs and secrets on the host. */
  readonly files: readonly HostFile[];
}

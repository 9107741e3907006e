/**
 * The command line of mmdebstrap, as root (`isRoot`) or in a user namespace. It is killed with this process, whatever happens: a
 * build that nobody waits for must not go on in a folder that is being removed. What it mounts goes with it: a mount that was
 * left would keep the folder from being removed.
 */
export function mmdebstrapCommand(
  args: readonly string[],
  { isRoot }: { readonly isRoot: boolean },
): { readonly program: string; readonly args: readonly string[] } {
  const ownMounts = isRoot ? ["unshare", "--mount", "--propagation=private"] : [];
  const mode = `--mode=${isRoot ? "root" : "unshare"}`;
  return { program: "setpriv", args: ["--pdeathsig", "KILL", ...ownMounts, "mmdebstrap", mode, ...args] };
}

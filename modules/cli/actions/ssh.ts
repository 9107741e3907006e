import { systemSsh } from "../terminal/system-ssh.ts";
import { ownSsh } from "../terminal/own-ssh.ts";
import type { SshOptions } from "../commands/ssh.ts";
import { requireDeployed } from "../deployed/open.ts";
import { requireRunning } from "../deployed/local-vm.ts";
import { select } from "../deployed/select.ts";
import type { Handler } from "../run.ts";
import { findProgram } from "../../system/programs.ts";

export const ssh: Handler<SshOptions> = async (context, options, argv) => {
  const { hosts } = await requireDeployed(context, options);
  const { connection } = select(hosts, { name: options.host, option: "--host" });
  await requireRunning(context, connection);
  const program = process.platform === "linux" ? await findProgram("ssh", context.io.env) : undefined;
  return program === undefined ? ownSsh(context, connection, argv) : systemSsh(context, { program, connection, argv });
};

import type { SshOptions } from "../commands/ssh.ts";
import { requireRunning } from "../deployed/local-vm.ts";
import { requireDeployed } from "../deployed/open.ts";
import { selectHost } from "../deployed/select.ts";
import type { Handler } from "../run.ts";
import { logIn } from "../terminal/log-in.ts";

export const ssh: Handler<SshOptions> = async (context, options, argv) => {
  const { hosts } = await requireDeployed(context, options);
  const { connection } = selectHost(hosts, options.host);
  await requireRunning(context, connection);
  return await logIn(context, connection, argv);
};

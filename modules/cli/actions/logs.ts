import type { LogsOptions } from "../commands/logs.ts";
import { openAgents } from "../deployed/connect.ts";
import { requireRunning } from "../deployed/local-vm.ts";
import { requireDeployed } from "../deployed/open.ts";
import { requireServices, selectApp } from "../deployed/select.ts";
import { exitCodes } from "../exit-codes.ts";
import { logLinePrinter } from "../render/log-line.ts";
import { sinceTime } from "../render/since.ts";
import type { Handler } from "../run.ts";

export const logs: Handler<LogsOptions> = async (context, options, services) => {
  const { signal } = context.interrupts;
  const since = options.since === undefined ? {} : { since: sinceTime(options.since, context.clock.now()) };
  const app = selectApp(await requireDeployed(context, options), options);
  requireServices(app, services);
  await requireRunning(context, app.connection);

  await using agents = openAgents(context);
  const agent = agents.on(app.connection);
  const query = {
    services: [...services],
    follow: options.follow ?? false,
    ...(options.tail === undefined ? {} : { tail: options.tail }),
    ...since,
  };
  const print = logLinePrinter({
    style: context.style,
    timestamps: options.timestamps ?? false,
    isTerminal: context.io.stdout.isTTY ?? false,
  });
  try {
    for await (const line of agent.logs(app.name, query, signal)) {
      context.print(context.json ? JSON.stringify(line) : print(line));
    }
  } catch (error) {
    // Ctrl-C is how following ends.
    if (!signal.aborted) throw error;
    return exitCodes.cancelled;
  }
  return exitCodes.ok;
};

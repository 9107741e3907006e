import type { ExecOptions } from "../commands/exec.ts";
import { StackhouseError } from "../../base/errors.ts";
import { openAgents } from "../deployed/connect.ts";
import { requireRunning } from "../deployed/local-vm.ts";
import { requireDeployed } from "../deployed/open.ts";
import { requireServices, selectApp } from "../deployed/select.ts";
import type { Handler } from "../run.ts";
import { attach, isInteractive } from "../terminal/attach.ts";

export const exec: Handler<ExecOptions> = async (context, options, [service = "", ...rest]) => {
  const { io, interrupts } = context;
  const command = rest[0] === "--" ? rest.slice(1) : rest;
  if (command.length === 0) {
    throw new StackhouseError("input.invalid", `there is no command to run in ${service}`, {
      hint: "stackhouse exec SERVICE -- COMMAND",
    });
  }
  const app = selectApp(await requireDeployed(context, options), options);
  requireServices(app, [service]);
  await requireRunning(context, app.connection);

  await using agents = openAgents(context);
  const tty = options.tty && isInteractive(io);
  const remote = await agents.on(app.connection).exec(
    app.name,
    {
      service,
      command,
      tty,
      env: { ...(tty && io.env["TERM"] !== undefined ? { TERM: io.env["TERM"] } : {}), ...options.env },
      ...(options.index === undefined ? {} : { number: options.index }),
      ...(options.user === undefined ? {} : { user: options.user }),
      ...(options.workdir === undefined ? {} : { workingDir: options.workdir }),
    },
    interrupts.signal,
  );
  return await attach(io, remote, tty ? "terminal" : "pipes");
};

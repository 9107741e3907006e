/** An app by the name that it has on its host, and by the one of its resource in the program. */
export interface NamedApp {
  readonly name: string;
  readonly resource: string;
}

/** The name that chooses an app among others: its own, or that of its resource where several hosts run one of that name. */
export function appTitle({ name, resource }: NamedApp, all: readonly NamedApp[]): string {
  return all.filter((one) => one.name === name).length > 1 ? resource : name;
}

/** How to see what a service prints, where these apps are deployed. */
export function logsCommand(
  app: NamedApp,
  of: { readonly service: string; readonly all: readonly NamedApp[] },
): string {
  const choice = of.all.length > 1 ? `--app ${appTitle(app, of.all)} ` : "";
  return `stackhouse logs ${choice}${of.service}`;
}

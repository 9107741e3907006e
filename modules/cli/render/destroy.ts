import { seconds } from "../../base/wait.ts";
import type { RunView } from "../../engine/index.ts";
import type { Deployed } from "../deployed/state.ts";
import type { Style } from "./style.ts";
import { countRows, shortType } from "./tree.ts";
import { countWords } from "./words.ts";

/** What destroy takes away and what stays. */
export function destroyPlanLines(title: string, deployed: Deployed, style: Style): string[] {
  const real = deployed.resources.filter(({ kind }) => kind === "resource");
  const resources = (real.length > 0 ? real : deployed.resources).map(
    ({ type, name }) => `  ${style.bad("-")} ${style.strong(`${shortType(type)} ${name}`)}`,
  );
  const volumes = volumeLines(deployed, style);
  return [`This takes away all of ${title}:`, "", ...resources, "", ...(volumes.length > 0 ? [...volumes, ""] : [])];
}

/** Named volumes: gone with a local VM, kept on a machine that stays. */
function volumeLines({ apps, hosts }: Deployed, style: Style): string[] {
  return apps.flatMap(({ name, hostId, volumes }) => {
    if (volumes.length === 0) return [];
    const list = volumes.join(", ");
    const vm = hosts.find((host) => host.hostId === hostId && host.vmId !== undefined);
    return vm === undefined
      ? [`The data of ${name} stays on its host: ${list}.`]
      : [style.warn(`The data of ${name} goes with its VM ${vm.name}: ${list}.`)];
  });
}

export function destroyedLines(view: RunView, ms: number, style: Style): string[] {
  const total = countWords(countRows(view), "done");
  return [
    `${style.good("Done")} in ${seconds(ms)}${total === "" ? "" : `: ${total}`}.`,
    style.commands("Next: stackhouse up makes it anew"),
  ];
}

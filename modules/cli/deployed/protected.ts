import { StackhouseError } from "../../base/errors.ts";
import { shortType } from "../render/tree.ts";
import type { OpenedDeployed } from "./open.ts";

/**
 * Refuses to take away what is protected. The engine would first delete all that stands on it, and forget what goes with it.
 *
 * @throws `input.invalid`
 */
export function refuseProtected({ title, deployed }: OpenedDeployed, stack: string): void {
  const found = deployed.resources.filter(({ protect }) => protect);
  if (found.length === 0) return;
  const names = found.map(({ type, name }) => `${shortType(type)} ${name}`);
  throw new StackhouseError("input.invalid", `${names.join(", ")} of ${title} is protected: nothing was taken away`, {
    details: found.map(({ urn }) => `pulumi state unprotect '${urn}' --stack ${stack} --yes`),
    hint:
      "take protect out of the program and run stackhouse up, then this again; " +
      "or let go of it in the state, with pulumi itself as above",
  });
}

import type { DriverCall } from "../../driver.ts";
import type { VmFolder } from "../folder.ts";
import { TemplateGone } from "./link.ts";
import { StateRefused } from "../program/migration.ts";
import type { QemuPorts } from "../ports.ts";
import { DisksNotUsed } from "../guest/use-disks.ts";
import { forgetFailure, noteFailure } from "./failure.ts";
import { ensureTemplate, type EnsuredTemplate, type TemplateRequest } from "./ensure.ts";

/** What becomes a clone: a VM, or a clone that waits. */
interface Taking<T> {
  /** Where its process is. */
  readonly folder: VmFolder;
  readonly take: (ensured: EnsuredTemplate) => Promise<T>;
  /** Ends what a taking that failed has left. */
  readonly giveUp: (failure: unknown) => Promise<unknown>;
}

/**
 * Takes the template of a request. One that QEMU does not take is made anew, once, and one that others have taken away, or made anew, is
 * looked for again. What taking it says of the template is noted.
 */
export async function fromTemplate<T>(
  request: TemplateRequest,
  taking: Taking<T>,
  ports: QemuPorts,
  call: DriverCall,
): Promise<T> {
  const noting = { ...taking, refusal: request.refusal };
  const ensured = await ensureTemplate(request, ports, call);
  try {
    return await takeNoting(ensured, noting, ports, call);
  } catch (error) {
    const refused = error instanceof StateRefused;
    if (!refused && !(error instanceof TemplateGone)) throw error;
    const { key, made } = ensured.template;
    if (refused) call.progress.warn(`the template ${key} is made anew, as ${error.message}`);
    await taking.giveUp(error);
    const other = await ensureTemplate(
      { ...request, ...(refused ? { refused: { made, reason: error.message } } : {}) },
      ports,
      call,
    );
    return await takeNoting(other, noting, ports, call);
  }
}

async function takeNoting<T>(
  ensured: EnsuredTemplate,
  { take, folder, refusal }: Taking<T> & Pick<TemplateRequest, "refusal">,
  ports: QemuPorts,
  call: DriverCall,
): Promise<T> {
  const { template } = ensured;
  try {
    const taken = await take(ensured);
    await forgetFailure(template.key, ports);
    return taken;
  } catch (error) {
    // Whoever made the template anew has a better one; and the disks are the VM's own.
    const isOfTemplate = !(error instanceof TemplateGone || error instanceof DisksNotUsed);
    if (isOfTemplate && !call.signal.aborted) await noteFailure(template.key, { error, folder }, { refusal }, ports);
    throw error;
  }
}

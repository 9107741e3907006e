import { isStackhouseError, messageOf, StackhouseError } from "../../../base/errors.ts";
import type { BaseImages } from "../../ports.ts";

type Bake = BaseImages["bake"];

/**
 * Bakes images for the VMs of one run. One with the agent alone is only speed: where it could not be baked, further VMs of the run do not
 * try it again, which may take minutes each. VMs that need it at once wait for the first of them. Archives are something else: without
 * them a VM is not what was asked for.
 */
export function bakingOnce(images: Pick<BaseImages, "bake">): Bake {
  const failures = new Map<string, StackhouseError>();
  const tried = new Map<string, Promise<unknown>>();
  const attempt: Bake = async (key, request, call) => {
    call.signal.throwIfAborted();
    const failure = failures.get(key);
    if (failure !== undefined) throw failure;
    try {
      return await images.bake(key, request, call);
    } catch (error) {
      if (!call.signal.aborted) failures.set(key, again(error));
      throw error;
    }
  };
  return async (key, request, call) => {
    if (request.archives.length > 0) return await images.bake(key, request, call);
    const before = tried.get(key);
    if (before !== undefined) call.progress.status("waiting for the image that another VM of this run bakes");
    const own = (before ?? Promise.resolve()).then(() => attempt(key, request, call));
    tried.set(
      key,
      own.catch(() => undefined),
    );
    return await own;
  };
}

function again(error: unknown): StackhouseError {
  const code = isStackhouseError(error) ? error.code : "internal";
  return new StackhouseError(code, `another VM of this run has tried to bake it: ${messageOf(error)}`, {
    cause: error,
  });
}

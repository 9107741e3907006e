import { createHash } from "node:crypto";
import type { TemplateMemory } from "../../../images/index.ts";
import type { VmSpec } from "../../driver.ts";
import { qemuArguments } from "../machine/argv.ts";
import type { Accelerator } from "../program/accelerator.ts";
import { thisProcessor, type HostProcessor } from "../program/processor.ts";
import { restoring } from "./restoring.ts";

/** All that the saved memory of a VM depends on. */
export interface TemplateRecipe {
  /** Raised when the same recipe would be made in another way. */
  readonly version: 1;
  /** Key of the image that the disk stands on: base image, agent, container images. */
  readonly image: string;
  readonly diskGiB: number;
  readonly qemuVersion: string;
  /** The machine, with nothing in it of the VM that it is. */
  readonly arguments: readonly string[];
  /** Of the workstation, where the guest runs on it directly. */
  readonly processor: HostProcessor | undefined;
}

export function templateRecipe(options: {
  readonly spec: Pick<VmSpec, "cpus" | "memoryMiB" | "diskGiB">;
  readonly image: string;
  readonly kernelArguments: string;
  readonly qemuVersion: string;
  readonly accelerator: Accelerator;
  readonly memory: TemplateMemory;
}): TemplateRecipe {
  const { spec, image, kernelArguments, qemuVersion, accelerator } = options;
  const machine = { spec: { ...spec, id: "template" }, kernelArguments, accelerator, dataDisks: [] };
  return {
    version: 1,
    image,
    diskGiB: spec.diskGiB,
    qemuVersion,
    arguments: qemuArguments({ ...machine, memory: restoring[options.memory].made, forwards: [], mark: "" }),
    processor: accelerator === "kvm" ? thisProcessor() : undefined,
  };
}

export function templateKey(recipe: TemplateRecipe): string {
  return createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 24);
}

import { expect, test } from "@jest/globals";
import { hostProcessor, processorRefusal } from "../../modules/hypervisors/qemu/program/processor.ts";
import { templateKey, templateRecipe } from "../../modules/hypervisors/qemu/template/key.ts";

/** As the kernel tells it: two processors of one kind. */
function cpuinfo({ model = "AMD EPYC 7B13", flags = "fpu vme avx2", mhz = 2450 } = {}): string {
  const one = `processor\t: 0\nmodel name\t: ${model}\ncpu MHz\t\t: ${mhz}.000\nflags\t\t: ${flags}\nvmx flags\t: vnmi\nbugs\t\t:\n`;
  return `${one}\n${one.replace(": 0", ": 1")}`;
}

const recipe = templateRecipe({
  spec: { cpus: 1, memoryMiB: 512, diskGiB: 2 },
  image: "debian-13-0123456789abcdef",
  kernelArguments: "console=ttyS0",
  qemuVersion: "10.0.2",
  accelerator: "tcg",
  memory: "mapped",
});
const kernel = "6.12.43+deb13-amd64";
const keyOn = (text: string, release = kernel): string =>
  templateKey({ ...recipe, processor: hostProcessor(text, release) });

test("the model and the flags of the first processor are what a guest sees of it", () => {
  expect(hostProcessor(cpuinfo(), kernel)).toEqual({ model: "AMD EPYC 7B13", flags: "fpu vme avx2", kernel });
});

test.each<[string, string, boolean]>([
  ["at another moment, at which its processor is slower", keyOn(cpuinfo({ mhz: 800 })), true],
  ["with another processor", keyOn(cpuinfo({ model: "AMD EPYC 9B14" })), false],
  ["whose processor can do less since its firmware changed", keyOn(cpuinfo({ flags: "fpu vme" })), false],
  ["with another kernel", keyOn(cpuinfo(), "6.12.48+deb13-amd64"), false],
])("whether a template is the same on a workstation %s", (_where, key, same) => {
  expect(key === keyOn(cpuinfo())).toBe(same);
});

test("a guest whose processors are emulated sees nothing of the workstation's", () => {
  expect(recipe.processor).toBeUndefined();
});

test.each<[string, string, string, string | undefined]>([
  ["the same", cpuinfo(), kernel, undefined],
  ["one that can do more, under another kernel", cpuinfo({ flags: "fpu vme avx2 la57" }), "6.12.48", undefined],
  [
    "one that lost an instruction to its firmware",
    cpuinfo({ flags: "fpu vme" }),
    kernel,
    "that had avx2, which is missing",
  ],
  ["another model", cpuinfo({ model: "AMD EPYC 9B14" }), kernel, "AMD EPYC 7B13, and here is AMD EPYC 9B14"],
])("what keeps a guest that was saved on a processor from going on on %s", (_what, text, release, refusal) => {
  const said = processorRefusal(hostProcessor(cpuinfo(), kernel), hostProcessor(text, release));
  expect(said).toEqual(refusal === undefined ? undefined : expect.stringContaining(refusal));
});

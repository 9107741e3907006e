import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { link, mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vmFolder, type VmFolder } from "../../modules/hypervisors/qemu/folder.ts";
import { linkTemplate, TemplateGone } from "../../modules/hypervisors/qemu/template/link.ts";
import { finishTakingOver } from "../../modules/hypervisors/qemu/disks/take-over.ts";
import { storeTemplate, templateFiles, type VmTemplate } from "../../modules/images/index.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";

const key = "0123456789abcdef01234567";
const names = templateFiles("mapped");

let place: TestFolder;
let home: Home;
let vm: VmFolder;

beforeEach(async () => {
  place = await testFolder();
  home = homeFrom({ STACKHOUSE_HOME: place.path });
  vm = vmFolder(home.state.vms, "box");
  await mkdir(vm.path, { recursive: true });
  for (const name of ["kernel", "initrd", "base.qcow2"]) await writeFile(vm.file(name), "of its image");
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});

async function store(content: string, madeAt: number): Promise<VmTemplate> {
  const work = join(home.cache.templates, "making", key);
  await mkdir(work, { recursive: true });
  for (const name of names) await writeFile(join(work, name), content);
  await utimes(join(work, "state"), madeAt, madeAt);
  return await storeTemplate(home, { key, recipe: {}, memory: "mapped", work });
}

async function contents(): Promise<Readonly<Record<string, string>>> {
  const found = (await readdir(vm.path)).sort();
  const entries = found.map(async (name): Promise<[string, string]> => [name, await readFile(vm.file(name), "utf8")]);
  return Object.fromEntries(await Promise.all(entries));
}

describe("the folder of a VM that is to be a clone", () => {
  it("gets all files of the template, in place of its own", async () => {
    await linkTemplate(await store("of the template", 1_000), vm);
    const { "image.json": record = "", ...files } = await contents();
    expect(files).toEqual(Object.fromEntries([...names].sort().map((name) => [name, "of the template"])));
    expect(Object.keys(JSON.parse(record) as object)).toEqual(["kernel", "initrd", "disk"]);
  });

  it("gets them again, also over what a killed run has left of linking them", async () => {
    const template = await store("of the template", 1_000);
    await mkdir(vm.file("taking-over.new"));
    await writeFile(vm.file("taking-over.new/kernel"), "half");
    await linkTemplate(template, vm);
    await linkTemplate(template, vm);
    expect(Object.keys(await contents())).toEqual([...names, "image.json"].sort());
  });

  it.each(names.map((_name, index) => index))(
    "has files of one making once it is looked after again, where a run was killed when %d of them were in their places",
    async (done) => {
      const template = await store("of the template", 1_000);
      await mkdir(vm.file("taking-over"));
      for (const [index, name] of names.entries()) {
        const place = index < done ? vm.file(name) : vm.file(`taking-over/${name}`);
        await rm(place, { force: true });
        await link(join(template.folder, name), place);
      }
      await finishTakingOver(vm);
      expect(await contents()).toEqual(Object.fromEntries([...names].sort().map((name) => [name, "of the template"])));
    },
  );

  it.each<[string, (template: VmTemplate) => Promise<unknown>]>([
    ["is gone", ({ folder }) => rm(folder, { recursive: true })],
    ...names.map((name): [string, (template: VmTemplate) => Promise<void>] => [
      `has lost its ${name}`,
      ({ folder }) => rm(join(folder, name)),
    ]),
    ["was made anew", () => store("of another template", 2_000)],
  ])("keeps its own where the template that was found %s", async (_what, changed) => {
    const template = await store("of the template", 1_000);
    await changed(template);
    await expect(linkTemplate(template, vm)).rejects.toThrow(TemplateGone);
    expect(await contents()).toEqual({
      kernel: "of its image",
      initrd: "of its image",
      "base.qcow2": "of its image",
    });
  });
});

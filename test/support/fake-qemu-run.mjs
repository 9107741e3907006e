// One program of the fake QEMU, run once: node fake-qemu-run.mjs FOLDER PROGRAM ARGUMENTS. FOLDER: where it notes what happens.
import process from "node:process";
import { fakeQemuIn } from "./fake-qemu.ts";

const [folder = "", program = "", ...args] = process.argv.slice(2);
// The open folder that the driver gives to its VMs.
const passes = args.includes("-daemonize") ? [3] : [];
const { exitCode, stdout, stderr } = await fakeQemuIn(folder).runner.exec(program, args, {
  cwd: process.cwd(),
  passes,
});
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exit(exitCode);

import { programCheck } from "../program.ts";

export const qemuImg = programCheck({
  name: "qemu-img",
  neededFor: "local",
  program: "qemu-img",
  versionArgs: ["--version"],
  missing: { status: "failed", fix: "apt-get install qemu-utils" },
});

import { programCheck } from "../program.ts";

export const mmdebstrap = programCheck({
  name: "mmdebstrap",
  neededFor: "local",
  program: "mmdebstrap",
  versionArgs: ["--version"],
  missing: { status: "warning", fix: "apt-get install mmdebstrap: it builds the base image of local VMs" },
});

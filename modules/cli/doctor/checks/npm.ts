import { programCheck } from "../program.ts";

export const npm = programCheck({
  name: "npm",
  neededFor: "everything",
  program: "npm",
  versionArgs: ["--version"],
  missing: { status: "warning", fix: "install npm; it comes with Node.js. Programs of your own need it" },
});

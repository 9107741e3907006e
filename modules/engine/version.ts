/** The engine that we install: the newest whose Go modules resolve; its language host comes from an older SDK, see tools/engine. */
export const engineVersion = "3.259.0";

/** Since then events come over gRPC, in order; before, they are tailed from a file. */
export const oldestVersion = "3.206.0";

/** Go switches to the toolchain that a module asks for since this release. Source: go.dev/doc/toolchain. */
export const oldestGo = "1.21";

/** What makes container images, in one part that is loaded when it is needed. */
export { ensureContainerImages } from "../container-images/index.ts";
export { systemClock } from "../system/clock.ts";
export { systemRunner } from "../system/exec.ts";
export { homeFrom } from "../system/home.ts";

import type { Logger } from "../../host-agent/logging/logger.ts";

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };

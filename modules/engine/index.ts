export { ensureEngine } from "./ensure.ts";
export { findEngine } from "./find.ts";
export type { EngineFinding } from "./find.ts";
export type { EngineEvent } from "./events.ts";
export { emptyRun, reduceEvent } from "./rows.ts";
export type { Diagnostic, Operation, PropertyChange, Row, RunView, Severity, Summary } from "./run-view.ts";
export type {
  Changes,
  DestroyCall,
  Engine,
  EnginePorts,
  Environment,
  Project,
  PulumiStack,
  PulumiStackOptions,
  RefreshCall,
  RunCall,
  SecretsMode,
  UpResult,
} from "./types.ts";
export { engineKind } from "./layout.ts";
export { findGo, goCache, runGo, whyNoGo } from "./go.ts";
export { endOrphanedHosts } from "./orphans.ts";
export { holdRuns } from "./runs.ts";
export { storedStacks, storedState } from "./own-backend.ts";
export type { OwnStack } from "./own-backend.ts";
export { openPulumiStack } from "./stack.ts";
export { readState } from "./read-state.ts";
export type { PulumiState } from "./read-state.ts";

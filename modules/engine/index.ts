export { ensureEngine } from "./ensure.ts";
export { findEngine } from "./find.ts";
export type { EngineFinding } from "./find.ts";
export type { EngineEvent } from "./events.ts";
export { emptyRun, reduceEvent } from "./rows.ts";
export type { Diagnostic, Operation, PropertyChange, Row, RunView, Severity, Summary } from "./rows.ts";
export type {
  DestroyCall,
  Engine,
  EnginePorts,
  Environment,
  PreviewResult,
  Project,
  PulumiStack,
  PulumiStackOptions,
  RefreshCall,
  RunCall,
  RunResult,
  SecretsMode,
  StackOutput,
} from "./types.ts";

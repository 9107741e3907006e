// Pulumi starts JavaScript; this hands over to TypeScript: with Node's own type stripping where it has it, else with tsx.
const program = process.features.typescript
  ? await import("./index.ts")
  : await (await import("tsx/esm/api")).tsImport("./index.ts", import.meta.url);

export default program;

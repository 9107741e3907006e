// Pulumi starts JavaScript; this hands over to TypeScript, on every Node from 20 on and with every Pulumi.
import { tsImport } from "tsx/esm/api";

export default await tsImport("./index.ts", import.meta.url);

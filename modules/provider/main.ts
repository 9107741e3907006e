import { untilEngineIsGone } from "./kit/engine-watch.ts";
import { serve } from "./kit/serve.ts";
import { realPorts } from "./real-ports.ts";
import { stackhouseProvider } from "./stackhouse.ts";

// The executable that the engine starts: it prints its port as the first line, and nothing else, on stdout. The engine's
// address is the positional argument; flags such as `-v=9` may stand around it.
const ports = realPorts(process.env);
const serving = await serve(stackhouseProvider(ports));
process.stdout.write(`${serving.port}\n`);

const engineAddress = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument));
if (engineAddress !== undefined) {
  await untilEngineIsGone(engineAddress);
  process.exit(1);
}

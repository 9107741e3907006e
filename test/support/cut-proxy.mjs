// A TCP proxy in front of a local port that resets its connections when it has passed on so many bytes of answers, as a
// network that breaks. A program of its own, because it runs in the network of the engine. Prints its port.
import { connect, createServer } from "node:net";

const [targetPort = 0, cutAfterBytes = 0] = process.argv.slice(2).map(Number);
let passed = 0;

const server = createServer((client) => {
  const upstream = connect(targetPort, "127.0.0.1");
  const cut = () => {
    client.resetAndDestroy();
    upstream.destroy();
  };
  client.on("error", cut).on("close", () => upstream.destroy());
  upstream.on("error", cut).on("close", () => client.end());
  client.pipe(upstream);
  upstream.on("data", (chunk) => {
    passed += chunk.length;
    if (passed > cutAfterBytes) cut();
    else client.write(chunk);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.stdout.write(`${port}\n`);
});

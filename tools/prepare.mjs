// npm's `prepare`: builds dist after an install in a clone. Never fails an install: `npm run build` tells what is wrong.

try {
  await import("esbuild");
  await import("./build.mjs");
  await import("./types.mjs");
} catch (error) {
  const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
  console.log(`stackhouse: dist was not built (${reason}); npm run build builds it`);
}

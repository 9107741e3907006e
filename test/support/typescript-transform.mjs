// Jest transform: TypeScript without its types, as esbuild strips them for dist.
import { transformSync } from "esbuild";

export default {
  /** @param {string} source @param {string} path */
  process(source, path) {
    const options = /** @type {const} */ ({ loader: "ts", format: "esm", target: "node24", sourcemap: "inline" });
    return { code: transformSync(source, { ...options, sourcefile: path }).code };
  },
};

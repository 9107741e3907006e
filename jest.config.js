/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "^.+\\.ts$": "<rootDir>/test/support/typescript-transform.mjs" },
  moduleNameMapper: {
    "^stackhouse$": "<rootDir>/index.ts",
    "^stackhouse/(aws|digitalocean)$": "<rootDir>/modules/hosts/$1/index.ts",
  },
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/dist/"],
  watchman: false,
};

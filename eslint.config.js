import tseslint from "typescript-eslint";

const restrictedSyntax = [
  { selector: "ExportAllDeclaration", message: "Name what a room exports." },
  { selector: "TSEnumDeclaration", message: "Use a union of literals." },
];
const drawFromTheKernel = "Draw from host-agent/random.ts.";
// tsconfig.json leaves out what Node 20 has not, but for these: the types of Node bring them.
const notInNode20 = ["DisposableStack", "AsyncDisposableStack", "SuppressedError", "Float16Array"].map((name) => ({
  name,
  message: "Node 20 has none.",
}));

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "coverage/", "templates/init/"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": ["error", { ignoreUsingDeclarations: true }],
      "max-params": ["error", 4],
      "no-console": "error",
      "no-empty": ["error", { allowEmptyCatch: false }],
      "no-restricted-syntax": ["error", ...restrictedSyntax],
    },
  },
  {
    files: ["index.ts", "modules/**/*.ts", "stacks/**/*.ts"],
    rules: { "no-restricted-globals": ["error", ...notInNode20] },
  },
  {
    // What goes into the agent's bundle. It may have been cloned with its VM, and these generators with it: see host-agent/random.ts.
    files: ["host-agent/**/*.ts", "modules/{base,plan,protocol,stackfile}/**/*.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: drawFromTheKernel },
        { object: "globalThis", property: "crypto", message: drawFromTheKernel },
        { object: "global", property: "crypto", message: drawFromTheKernel },
      ],
      "no-restricted-globals": ["error", { name: "crypto", message: drawFromTheKernel }, ...notInNode20],
      "no-restricted-imports": [
        "error",
        ...["node:crypto", "crypto"].map((name) => ({
          name,
          allowImportNames: ["createHash"],
          message: drawFromTheKernel,
        })),
      ],
      "no-restricted-syntax": [
        "error",
        ...restrictedSyntax,
        // process.getBuiltinModule, require and whatever else loads a module by its name.
        {
          selector:
            ":matches(CallExpression[arguments.0.value=/^(node:)?crypto$/], ImportExpression[source.value=/^(node:)?crypto$/])",
          message: drawFromTheKernel,
        },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "max-params": "off",
      // Fakes of asynchronous ports have nothing to wait for.
      "@typescript-eslint/require-await": "off",
    },
  },
);

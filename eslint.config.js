import tseslint from "typescript-eslint";

// The injection fence: time, randomness, I/O and the environment enter core, engine, demand, scale-set, github and the
// simulator's model as ports, so that one seed replays a whole day. Each message names the port to use.
const fencedGlobals = [
  ["Date", "Use the Clock port (clock.nowMs()); parse instants with Date.parse in an adapter's decoder only."],
  ["setTimeout", "Use the Clock port: clock.sleep(ms, signal)."],
  ["setInterval", "Use a loop over clock.sleep(ms, signal), so that it is bounded and stops with its signal."],
  ["setImmediate", "Use the Clock port."],
  ["fetch", "Use the Transport port."],
  ["process", "Read the environment in main.ts or cli/ and hand the value in."],
  ["crypto", "Use the Random port."],
].map(([name, message]) => ({ name, message }));

const fencedSyntax = [
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: "Use the Random port." },
  {
    selector: "MemberExpression[object.name='AbortSignal'][property.name='timeout']",
    message: "Use clock.deadline(signal, timeoutMs).",
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "Use the Clock port: clock.nowMs().",
  },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: "Use the Clock port: clock.nowMs().",
  },
];

const fencedModules = {
  patterns: [
    {
      regex:
        "^(node:)?(fs|fs/promises|net|http|https|tls|dns|child_process|worker_threads|timers|timers/promises|os|zlib)$",
      message: "No I/O behind the fence. Declare a port in core/ports and implement it in an adapter.",
    },
    { regex: "^undici$", message: "Use the Transport port; only the transport adapter knows undici." },
  ],
};

export default tseslint.config(
  { ignores: ["node_modules", "dist", "coverage", ".cache", "**/*.cjs", "**/*.js", "docs/**", "test/fixtures/**"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/only-throw-error": ["error", { allowThrowingUnknown: true }],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: [
      "src/core/**/*.ts",
      "src/engine/**/*.ts",
      "src/demand/**/*.ts",
      "src/scale-set/**/*.ts",
      "src/github/**/*.ts",
      "src/simulator/github/model/**/*.ts",
      "src/simulator/github/in-process/**/*.ts",
    ],
    ignores: ["**/*.test.ts", "src/scale-set/node/**", "src/github/node/**"],
    rules: {
      "no-restricted-globals": ["error", ...fencedGlobals.filter((entry) => entry.name !== "Date")],
      "no-restricted-syntax": ["error", ...fencedSyntax],
      "no-restricted-imports": ["error", fencedModules],
    },
  },
);

import { defineConfig } from "vitest/config";

/** Whole processes against each other: slow, so one file at a time. `npx vitest run --config test/e2e/vitest.config.ts` */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["**/*.test.ts"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});

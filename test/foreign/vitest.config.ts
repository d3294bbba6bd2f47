import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Programs that nobody here wrote, against the simulator's HTTP front. Separate from the other tests because they need Go.
export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: ["test/foreign/**/*.test.ts"],
    pool: "forks",
    // One file after the other: each builds Go programs, and they keep time by real clocks.
    fileParallelism: false,
    testTimeout: 60_000,
    // The first build downloads modules.
    hookTimeout: 600_000,
  },
});

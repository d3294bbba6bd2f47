import type { GitHubModel } from "../model/github-model.ts";
import { randomHex } from "../model/time-and-chance.ts";

/** Request ids in GitHub's shape: five groups of hexadecimal digits. The third counts, so that no two are equal. */
export function requestIds(model: GitHubModel): () => string {
  const start = `${randomHex(model.kernel.random, 4)}:${randomHex(model.kernel.random, 6)}`.toUpperCase();
  let count = 0x1000000;
  return () => {
    count += 1;
    const seconds = Math.floor(model.nowMs() / 1000);
    return `${start}:${hex(count)}:${hex(count ^ 0x1b6fb00)}:${hex(seconds)}`;
  };
}

function hex(value: number): string {
  return value.toString(16).toUpperCase();
}

import type { Config } from "./config.ts";
import { isLoopbackUrl } from "./github-url.ts";
import type { PlacedProblem } from "./problem.ts";

/** What works but deserves a second look. */
export function advice(config: Config): PlacedProblem[] {
  const found: PlacedProblem[] = [];
  const { url } = config.github;
  if (url.startsWith("http:") && !isLoopbackUrl(url)) {
    const message = "credentials travel unencrypted to this host; use https unless the network is yours alone.";
    found.push({ path: ["github", "url"], message });
  }
  for (const [index, pool] of config.pools.entries()) {
    if (pool.size.max > 0) continue;
    found.push({
      path: ["pools", index, "size", "max"],
      message: "the pool can start no runner; its jobs stay queued until max is raised.",
    });
  }
  return found;
}

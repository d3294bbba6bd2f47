import { describe, expect, test } from "vitest";
import { parseConfig } from "../../config/index.ts";
import { readyConfig } from "./ready-config.ts";

/** The pools of the printed configuration, as Drover reads it. */
function pools(repositories: readonly string[]) {
  const text = readyConfig({
    url: "http://127.0.0.1:4000",
    repositories,
    token: { kind: "env", name: "DROVER_SIM_TOKEN" },
  });
  const result = parseConfig(text, "drover.yaml");
  if ("errors" in result) throw new Error(JSON.stringify(result.errors));
  return result.config.pools.map((pool) => ({ name: pool.name, scope: pool.scope }));
}

describe("the configuration that a simulator prints has one pool", () => {
  test("for a repository, and for an owner with several", () => {
    expect(pools(["acme/a", "other/b", "acme/c"])).toEqual([
      { name: "linux-x64", scope: "acme" },
      { name: "linux-x64-2", scope: "other/b" },
    ]);
  });

  test("for an owner in every spelling", () => {
    expect(pools(["acme/a", "ACME/b"])).toEqual([{ name: "linux-x64", scope: "acme" }]);
  });

  test("with a good name for owners that are alike, long or a number", () => {
    const long = "an-owner-with-almost-forty-characters";
    const scopes = ["x/a", `${long}1/a`, `${long}2/a`, "123/a", "123/b", "a-b/c", "ab/c"];

    expect(pools(scopes).map(({ name }) => name)).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `linux-x64${n === 1 ? "" : `-${n}`}`),
    );
  });
});

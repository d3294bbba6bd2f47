import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { applyPatch, type PlantedBug } from "./planted-bug.ts";
import { plantedBugs } from "./planted-bugs.ts";

function planted({ name, patches }: PlantedBug): readonly { readonly source: string; readonly text: string }[] {
  return [...new Set(patches.map(({ file }) => file))].map((file) => {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    const own = patches.filter((patch) => patch.file === file);
    return { source, text: own.reduce((text, patch) => applyPatch(text, patch, name), source) };
  });
}

test("each planted bug has a name of its own", () => {
  expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
});

test.each(plantedBugs)("the planted bug $name fits the source as it is now", (bug) => {
  for (const { source, text } of planted(bug)) expect(text).not.toBe(source);
});

test("a planted bug whose text is gone or ambiguous is refused by name", () => {
  const patch = { file: "engine/pool.ts", find: "one", replace: "two" };

  expect(() => applyPatch("nothing", patch, "some-bug")).toThrow(
    /"some-bug" no longer fits src\/engine\/pool.ts.*no more/,
  );
  expect(() => applyPatch("one one", patch, "some-bug")).toThrow(/more than once/);
  expect(applyPatch("a one b", patch, "some-bug")).toBe("a two b");
});

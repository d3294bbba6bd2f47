import picocolors from "picocolors";
import { expect, test } from "vitest";
import { truthJob, truthOf } from "../../../test/fakes/truth.ts";
import { plainNarrator } from "./narrator.ts";
import { pictureOf } from "./picture.ts";

const picture = (nowS: number, act: string, jobs: Parameters<typeof truthOf>[0]) =>
  pictureOf(truthOf(jobs), { nowMs: nowS * 1000, beganAtMs: 0, act, pools: [] });

test("without a terminal each thing that happened is one line, told once, in the order of time", () => {
  const lines: string[] = [];
  const narrator = plainNarrator({ colors: picocolors.createColors(false) }, (line) => lines.push(line));
  const queued = [truthJob("a", { queuedS: 0 }), truthJob("b", { queuedS: 0 })];
  narrator.show(picture(1, "pushed", queued));
  narrator.show(picture(1, "pushed", queued));
  narrator.show(
    picture(5, "pushed", [
      truthJob("a", { queuedS: 0, startedS: 3, runner: "linux-1" }),
      truthJob("b", { queuedS: 0, startedS: 2, completedS: 4, conclusion: "failure", runner: "linux-2" }),
    ]),
  );
  narrator.end(undefined, [[{ text: "the end", style: "good" }]]);

  expect(lines).toEqual([
    "   1.0 s  pushed",
    "   2.0 s  started    CI / b, on linux-2 after 2.0 s",
    "   3.0 s  started    CI / a, on linux-1 after 3.0 s",
    "   4.0 s  failed     CI / b in 2.0 s",
    "",
    "the end",
  ]);
});

import { describe, expect, test } from "vitest";
import { truthJob, truthOf, truthRunner } from "../../../test/fakes/truth.ts";
import { lineWidth } from "../terminal/line.ts";
import { pictureOf } from "./picture.ts";
import { demoView } from "./view.ts";

const pools = [
  { name: "linux", max: 6 },
  { name: "large", max: 2 },
];

function view(truth: Parameters<typeof pictureOf>[0], size: Partial<Parameters<typeof demoView>[1]> = {}, nowS = 10) {
  const picture = pictureOf(truth, { nowMs: nowS * 1000, beganAtMs: 0, act: "acme/widgets", pools });
  const lines = demoView(picture, { columns: 79, rows: 23, ...size });
  return {
    lines,
    text: lines.map((line) =>
      line
        .map((part) => part.text)
        .join("")
        .trimEnd(),
    ),
  };
}

const busy = truthOf(
  [
    truthJob("lint", { queuedS: 0, startedS: 2, completedS: 5 }),
    truthJob("test (unit, 22)", { queuedS: 0, startedS: 4, runner: "linux-k3m9-2" }),
    truthJob("build", { queuedS: 6 }),
    truthJob("package"),
  ],
  [
    truthRunner("linux-k3m9-1"),
    truthRunner("linux-k3m9-2", { goneAt: null }),
    truthRunner("linux-k3m9-3", { goneAt: null }),
  ],
);

describe("the picture", () => {
  test("shows the queue, each pool's runners and each job's timeline", () => {
    const text = view(busy).text.join("\n");
    expect(text).toContain("1 done   1 running   1 queued   1 to come");
    expect(text).toMatch(/ linux .*●○····.* 1 at work {3}1 starting or idle/);
    expect(text).toMatch(/✓ CI \/ lint +─+━+ +3\.0 s/);
    expect(text).toMatch(/● CI \/ test \(unit, 22\) +─+━+ +6\.0 s/);
    expect(text).toMatch(/○ CI \/ build +─+$/m);
    expect(text).toContain("1 waiting for other jobs");
    expect(text).not.toContain("package");
  });

  test.each([
    [79, 23],
    [79, 14],
    [59, 23],
    [139, 49],
    [49, 16],
  ])("fits %i columns and %i rows with many jobs", (columns, rows) => {
    const jobs = Array.from({ length: 60 }, (_, n) =>
      truthJob(`a job with a rather long name that somebody chose (${n})`, {
        queuedS: 0,
        ...(n < 40 ? { startedS: n / 4 } : {}),
        ...(n < 30 ? { completedS: n / 4 + 1 } : {}),
      }),
    );
    const { lines } = view(truthOf(jobs, []), { columns, rows });

    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines.slice(5)) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
  });

  test("where there is no room, running jobs stay, and the rest is counted", () => {
    const jobs = [
      truthJob("early and long", { queuedS: 0, startedS: 0.1 }),
      ...Array.from({ length: 30 }, (_, n) =>
        truthJob(`done ${n}`, { queuedS: 0, startedS: n / 10 + 1, completedS: n / 10 + 2 }),
      ),
      ...Array.from({ length: 10 }, (_, n) => truthJob(`next ${n}`, { queuedS: 0 })),
    ];
    const text = view(truthOf(jobs, [])).text.join("\n");

    expect(text).toContain("early and long");
    expect(text).toContain("done 29");
    expect(text).not.toMatch(/done 0\b(?! )/);
    expect(text).toContain("next 3");
    expect(text).toMatch(/and \d+ done, 6 queued/);
  });

  test("a job that runs stays above those that start later", () => {
    const order = (jobs: Parameters<typeof truthOf>[0]) =>
      view(truthOf(jobs, [])).text.flatMap((line) => /CI \/ (\w)\b/.exec(line)?.[1] ?? []);

    expect(
      order([
        truthJob("a", { queuedS: 0 }),
        truthJob("b", { queuedS: 0, startedS: 3 }),
        truthJob("c", { queuedS: 0, startedS: 1, completedS: 2 }),
      ]),
    ).toEqual(["c", "b", "a"]);
  });

  test("with room without end every job is shown", () => {
    const jobs = Array.from({ length: 200 }, (_, n) => truthJob(`j${n}`, { queuedS: 0, startedS: 1, completedS: 2 }));

    expect(view(truthOf(jobs, []), { rows: Infinity }).text.filter((line) => line.includes("✓"))).toHaveLength(200);
  });

  test("the time axis ends with the last job once all are over", () => {
    const jobs = [truthJob("a", { queuedS: 0, startedS: 1, completedS: 20 })];

    expect(view(truthOf(jobs, []), {}, 500).text.at(-1)).toMatch(/╵0s +╵5s +╵10s +╵15s/);
  });

  test("a job's name cannot move the cursor", () => {
    const text = view(truthOf([truthJob("evil\u001b[2J\nname", { queuedS: 0 })], [])).text.join("|");

    expect(text).not.toContain("\u001b");
    expect(text).toContain("evil[2J name");
  });

  test("before anything is queued there is a headline and the empty pools", () => {
    expect(view(truthOf([], [])).text.join("\n")).toContain("Drover demo");
  });
});

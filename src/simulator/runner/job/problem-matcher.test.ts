import { expect, test } from "vitest";
import { MatcherRun, readProblemMatchers } from "./problem-matcher.ts";

const fileOf = (...matchers: object[]) => JSON.stringify({ problemMatcher: matchers });

function problemsIn(lines: readonly string[], matcher: object): object[] {
  const [read] = readProblemMatchers(fileOf(matcher));
  if (read === undefined) throw new Error("no matcher");
  const run = new MatcherRun(read);
  return lines.flatMap((line) => {
    const problem = run.match(line);
    return problem === undefined ? [] : [Object.fromEntries(problem)];
  });
}

const stylish = {
  owner: "eslint-stylish",
  pattern: [
    { regexp: "^([^\\s].*)$", file: 1 },
    {
      regexp: "^\\s+(\\d+):(\\d+)\\s+(error|warning|info)\\s+(.*)\\s\\s+(.*)$",
      line: 1,
      column: 2,
      severity: 3,
      message: 4,
      code: 5,
      loop: true,
    },
  ],
};

test("a pattern of one line gives its groups, and the defaults of the matcher where it gives none", () => {
  const pattern = [{ regexp: "^(.+):(\\d+): (W\\d+)? ?(.+)$", file: 1, line: 2, code: 3, message: 4 }];
  expect(
    problemsIn(["a.py:3: W1 long", "nothing"], { owner: "x", severity: "Warning", fromPath: "p/q", pattern }),
  ).toEqual([{ file: "a.py", line: "3", code: "W1", message: "long", severity: "Warning", fromPath: "p/q" }]);
});

test("a loop gives one problem for each line below the first one's", () => {
  const lines = [
    "test.js",
    "  1:0   error  Missing 'use strict'  strict",
    "  5:10  error  unused  no-unused",
    "",
    "  7:1  error  x  y",
  ];
  expect(problemsIn(lines, stylish)).toMatchObject([
    { file: "test.js", line: "1", column: "0", message: "Missing 'use strict'", code: "strict" },
    { file: "test.js", line: "5", column: "10", message: "unused", code: "no-unused" },
  ]);
});

test("without a loop the lines must follow each other", () => {
  const matcher = {
    owner: "x",
    pattern: [{ regexp: "^error:$" }, { regexp: "^in (.*)$", file: 1 }, { regexp: "^says (.*)$", message: 1 }],
  };
  expect(problemsIn(["error:", "in a", "says b", "says c", "error:", "in d", "other", "says e"], matcher)).toEqual([
    { file: "a", message: "b", severity: "", fromPath: "" },
  ]);
});

test.each([
  [{ owner: "", pattern: [] }, "Owner must not be empty"],
  [{ owner: "x" }, "Matcher 'x' does not contain any patterns"],
  [{ owner: "x", severity: "fatal", pattern: [] }, "Matcher 'x' contains unexpected default severity 'fatal'"],
  [{ owner: "x", pattern: [{ regexp: "(a)", file: 1 }] }, "At least one pattern must set 'message'"],
  [
    { owner: "x", pattern: [{ regexp: "(a)", message: 2 }] },
    "The property 'message' is set to 2 which is out of range",
  ],
  [
    {
      owner: "x",
      pattern: [
        { regexp: "(a)", message: 1 },
        { regexp: "(b)", message: 1 },
      ],
    },
    "The property 'message' is set twice",
  ],
  [
    { owner: "x", pattern: [{ regexp: "(a)", message: 1, loop: true }] },
    "Only the last pattern in a multiline matcher may set 'loop'",
  ],
  [
    {
      owner: "x",
      pattern: [
        { regexp: "(a)", message: 1 },
        { regexp: "(b)", file: 1, loop: true },
      ],
    },
    "The loop pattern must set 'message'",
  ],
])("%j is refused", (matcher, message) => {
  expect(() => readProblemMatchers(fileOf(matcher))).toThrow(message);
});

test("two matchers of one owner in a file are refused", () => {
  const pattern = [{ regexp: "(a)", message: 1 }];
  expect(() => readProblemMatchers(fileOf({ owner: "x", pattern }, { owner: "X", pattern }))).toThrow(
    "Duplicate owner name 'X'",
  );
});

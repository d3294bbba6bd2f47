import { expect, test } from "vitest";
import { table } from "./table.ts";

const red = (text: string): string => `\u001B[31m${text}\u001B[39m`;

test("columns are as wide as their widest cell, numbers stand right, and no line ends in spaces", () => {
  const text = table(
    [{ title: "POOL" }, { title: "MAX", align: "right" }, { title: "STATE" }],
    [
      ["linux-x64", "4", "active"],
      ["gpu", "120", ""],
    ],
  );

  expect(text).toBe("POOL       MAX  STATE\nlinux-x64    4  active\ngpu        120");
});

test("paint does not count as width", () => {
  const text = table([{ title: "A" }, { title: "B" }], [[{ text: "x", paint: red }, "y"]]);

  expect(text).toBe(`A  B\n${red("x")}  y`);
});

test("a cell from outside cannot move the cursor or start a new line", () => {
  const text = table([{ title: "NAME" }], [["evil\u001B[2J\njob\u0007"]]);

  expect(text).toBe("NAME\nevil[2J job");
});

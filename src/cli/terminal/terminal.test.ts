import picocolors from "picocolors";
import { describe, expect, test } from "vitest";
import { lineWidth, paintLine, span, spread } from "./line.ts";
import { LiveScreen, type Terminal } from "./live-screen.ts";
import { bar, shares } from "./span-bar.ts";
import { fit, textWidth, truncate, visible } from "./text-width.ts";
import { durationText } from "./time-text.ts";

const plain = picocolors.createColors(false);
const text = (line: readonly { readonly text: string }[]) => line.map((part) => part.text).join("");

describe("text", () => {
  test("from outside cannot move the cursor or colour the screen", () => {
    expect(visible("build\u001b[2J\u001b[31m\r\nx\u202e\u0007")).toBe("build[2J[31m  x");
  });

  test.each([
    ["abc", 3],
    ["日本", 4],
    ["é", 1],
    ["🚀", 2],
    ["✓", 1],
    ["━─", 2],
  ])("%s takes %i columns", (word, width) => {
    expect(textWidth(word)).toBe(width);
  });

  test("is cut with an ellipsis, wide characters never in half", () => {
    expect(truncate("abcdef", 4)).toBe("abc…");
    expect(truncate("日本語", 4)).toBe("日…");
    expect(fit("日本語", 4)).toBe("日… ");
    expect(fit("7", 3, "right")).toBe("  7");
  });

  test.each([
    [0, "0.0 s"],
    [1250, "1.3 s"],
    [59_940, "59.9 s"],
    [59_960, "1m 00s"],
    [125_000, "2m 05s"],
    [3_725_000, "1h 02m"],
  ])("%i ms reads %s", (ms, words) => {
    expect(durationText(ms)).toBe(words);
  });
});

describe("a line", () => {
  test("is cut at the last column, across its spans", () => {
    expect(paintLine([span("abc", "good"), span("defg", "bad")], 5, plain)).toBe("abcd…");
  });

  test("spreads to both ends", () => {
    const line = spread([span("left")], [span("right")], 20);

    expect(text(line)).toBe("left           right");
    expect(lineWidth(line)).toBe(20);
  });
});

describe("a bar", () => {
  const stretch = (fromMs: number, toMs: number, glyph: string) => ({ fromMs, toMs, glyph, style: "plain" as const });

  test("shows each stretch where it lies on the scale", () => {
    const line = bar([stretch(0, 50, "-"), stretch(50, 80, "=")], { fromMs: 0, toMs: 100, columns: 10 });

    expect(text(line)).toBe("-----===  ");
  });

  test("shows the shortest stretch, even at the very end", () => {
    expect(text(bar([stretch(100, 100, "=")], { fromMs: 0, toMs: 100, columns: 10 }))).toBe("         =");
  });

  test("of shares always fills the columns and shows the smallest share", () => {
    const part = (count: number, glyph: string) => ({ count, glyph, style: "plain" as const });

    expect(text(shares([part(1, "a"), part(98, "b"), part(1, "c")], 10))).toBe("abbbbbbbbc");
    expect(text(shares([part(0, "a"), part(3, "b"), part(1, "c")], 8))).toBe("bbbbbbcc");
  });
});

describe("a live screen", () => {
  /** Enough of a terminal to see what stands on it: cursor up, home, clearing, line feeds. */
  class FakeTerminal implements Terminal {
    columns = 40;
    rows = 8;
    cursorHidden = false;
    frames = 0;
    readonly screen: string[] = [""];
    #row = 0;
    #column = 0;
    readonly #listeners = new Set<() => void>();

    write(output: string): void {
      this.frames += 1;
      for (const [token] of output.matchAll(/\u001b\[[?\d;]*[A-Za-z]|\n|[^\u001b\n]+/g)) this.#take(token);
    }

    on(_event: "resize", listener: () => void): void {
      this.#listeners.add(listener);
    }

    off(_event: "resize", listener: () => void): void {
      this.#listeners.delete(listener);
    }

    resize(columns: number, rows: number): void {
      Object.assign(this, { columns, rows });
      for (const listener of this.#listeners) listener();
    }

    get listenerCount(): number {
      return this.#listeners.size;
    }

    #take(token: string): void {
      const up = /^\u001b\[(\d+)F$/.exec(token);
      if (token === "\n") this.#go(this.#row + 1, 0);
      else if (up) this.#go(Math.max(0, this.#row - Number(up[1])), 0);
      else if (token === "\u001b[H") this.#go(0, 0);
      else if (token === "\u001b[2J") this.screen.fill("");
      else if (token === "\u001b[K") this.screen[this.#row] = (this.screen[this.#row] ?? "").slice(0, this.#column);
      else if (token === "\u001b[J") {
        this.screen[this.#row] = (this.screen[this.#row] ?? "").slice(0, this.#column);
        this.screen.length = this.#row + 1;
      } else if (token === "\u001b[?25l") this.cursorHidden = true;
      else if (token === "\u001b[?25h") this.cursorHidden = false;
      else if (!token.startsWith("\u001b")) {
        const line = (this.screen[this.#row] ?? "").padEnd(this.#column);
        this.screen[this.#row] = line.slice(0, this.#column) + token + line.slice(this.#column + token.length);
        this.#column += token.length;
      }
    }

    #go(row: number, column: number): void {
      this.#row = row;
      this.#column = column;
      while (this.screen.length <= row) this.screen.push("");
    }
  }

  test("redraws in place: what stood above stays, and a shorter frame leaves nothing behind", () => {
    const terminal = new FakeTerminal();
    terminal.write("$ drover demo\n");
    const live = new LiveScreen(terminal, plain);
    live.draw([[span("one long line")], [span("two")], [span("three")]]);
    live.draw([[span("one")], [span("2")]]);

    expect(terminal.screen).toEqual(["$ drover demo", "one", "2", ""]);
  });

  test("writes nothing when nothing changed", () => {
    const terminal = new FakeTerminal();
    const live = new LiveScreen(terminal, plain);
    live.draw([[span("one")]]);
    const { frames } = terminal;
    live.draw([[span("one")]]);

    expect(terminal.frames).toBe(frames);
  });

  test("never takes more rows than the terminal has, nor the last column", () => {
    const terminal = new FakeTerminal();
    const live = new LiveScreen(terminal, plain);
    live.draw(Array.from({ length: 30 }, () => [span("x".repeat(100))]));

    expect(terminal.screen.filter((line) => line !== "")).toHaveLength(7);
    expect(Math.max(...terminal.screen.map((line) => line.length))).toBe(39);
  });

  test("starts from the top after a resize", () => {
    const terminal = new FakeTerminal();
    const live = new LiveScreen(terminal, plain);
    live.draw([[span("one")], [span("two")]]);
    terminal.resize(30, 10);
    live.draw([[span("one")]]);

    expect(terminal.screen.join("|").replace(/\|+$/, "")).toBe("one");
  });

  test("leaves its last frame, and the cursor visible", () => {
    const terminal = new FakeTerminal();
    const live = new LiveScreen(terminal, plain);
    live.draw([[span("one")], [span("two")]]);
    expect(terminal.cursorHidden).toBe(true);
    live.finish([[span("end")]]);

    expect(terminal.screen).toEqual(["end", ""]);
    expect(terminal.cursorHidden).toBe(false);
    expect(terminal.listenerCount).toBe(0);
  });
});

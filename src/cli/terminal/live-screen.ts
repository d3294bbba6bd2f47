import type { Colors } from "../frame/io.ts";
import { paintLine, type Line } from "./line.ts";
import type { Terminal } from "./terminal.ts";

export type { Terminal } from "./terminal.ts";

const escape = "\u001b[";
const hideCursor = `${escape}?25l`;
const showCursor = `${escape}?25h`;
// Terminals that know synchronized output show a frame at once; the others ignore the request.
const beginFrame = `${escape}?2026h`;
const endFrame = `${escape}?2026l`;
const clearToLineEnd = `${escape}K`;
const clearBelow = `${escape}J`;

/**
 * A picture that is redrawn in place, without the alternate screen: what was on the terminal before stays above it, and the last
 * frame stays when it is over.
 */
export class LiveScreen {
  readonly #terminal: Terminal;
  readonly #colors: Colors;
  /** Lines of the frame on the screen; the cursor stands at the beginning of the line below them. */
  #shown = 0;
  #last = "";
  #resized = false;
  readonly #onResize = () => {
    this.#resized = true;
  };

  constructor(terminal: Terminal, colors: Colors) {
    this.#terminal = terminal;
    this.#colors = colors;
    terminal.on("resize", this.#onResize);
    terminal.write(hideCursor);
  }

  /** Columns a line may take: the last one stays free, because writing there makes some terminals wrap. */
  get columns(): number {
    return Math.max(20, (this.#terminal.columns ?? 80) - 1);
  }

  /** Rows a frame may take: the cursor needs the last one. */
  get rows(): number {
    return Math.max(5, (this.#terminal.rows ?? 24) - 1);
  }

  /** Replaces the picture. Writes nothing when nothing changed. Lines beyond the terminal's height are left out. */
  draw(lines: readonly Line[]): void {
    const fitting = lines.slice(0, this.rows);
    const painted = fitting.map((line) => paintLine(line, this.columns, this.#colors));
    const frame = painted.map((line) => `${line}${clearToLineEnd}\n`).join("") + clearBelow;
    if (frame === this.#last && !this.#resized) return;
    this.#terminal.write(beginFrame + this.#home() + frame + endFrame);
    this.#resized = false;
    this.#shown = fitting.length;
    this.#last = frame;
  }

  /** Replaces the picture a last time, now with as many lines as wanted, and gives the cursor back. */
  finish(lines: readonly Line[]): void {
    const painted = lines.map((line) => paintLine(line, this.columns, this.#colors));
    // Written over line by line: cleared first, some terminals would push the old frame up into their history.
    const frame = painted.map((line) => `${line}${clearToLineEnd}\n`).join("") + clearBelow;
    this.#terminal.write(beginFrame + this.#home() + frame + endFrame);
    this.close();
  }

  /** To where the frame on the screen begins. After a resize the terminal has wrapped it anew, so nobody knows: the top then. */
  #home(): string {
    if (this.#resized) return `${escape}H${escape}2J`;
    return this.#shown > 0 ? `${escape}${this.#shown}F` : "";
  }

  /** Leaves the picture as it is and gives the cursor back. */
  close(): void {
    this.#terminal.off("resize", this.#onResize);
    this.#terminal.write(showCursor);
  }
}

import type { Colors } from "../frame/io.ts";
import { textWidth, truncate, visible } from "./text-width.ts";

export type Style = "plain" | "bold" | "dim" | "good" | "bad" | "warning" | "active" | "title";

/** A piece of a line with one look. Layout counts its columns; colours come at the very end. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

export function span(text: string, style: Style = "plain"): Span {
  return { text: visible(text), style };
}

/** Columns the line takes. */
export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + textWidth(text), 0);
}

/** The line with its colours, cut to `columns`. */
export function paintLine(line: Line, columns: number, colors: Colors): string {
  let left = columns;
  let painted = "";
  for (const { text, style } of line) {
    if (left <= 0) break;
    const shown = truncate(text, left);
    left -= textWidth(shown);
    painted += paint(shown, style, colors);
  }
  return painted;
}

/** Two ends of one line: `right` ends at the last column, or follows `left` where there is no room. */
export function spread(left: Line, right: Line, columns: number): Line {
  const gap = Math.max(2, columns - lineWidth(left) - lineWidth(right));
  return [...left, span(" ".repeat(gap)), ...right];
}

function paint(text: string, style: Style, colors: Colors): string {
  switch (style) {
    case "plain":
      return text;
    case "bold":
      return colors.bold(text);
    case "dim":
      return colors.dim(text);
    case "good":
      return colors.green(text);
    case "bad":
      return colors.red(text);
    case "warning":
      return colors.yellow(text);
    case "active":
      return colors.cyan(text);
    case "title":
      return colors.bold(colors.cyan(text));
    default:
      return style satisfies never;
  }
}

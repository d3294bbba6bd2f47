import { span, type Line, type Span } from "./line.ts";
import { textWidth, visible } from "./text-width.ts";

export interface TableColumn {
  readonly title: string;
  readonly align?: "left" | "right";
  /** On a terminal that is too narrow the column with the highest number goes first; without a number it stays. */
  readonly dispensable?: number;
}

export type TableCell = string | Span;

const gap = 2;

/** Rows under aligned titles, in at most `width` columns of the terminal as far as leaving out dispensable columns can do that. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  width = Number.POSITIVE_INFINITY,
): readonly Line[] {
  const lines = [
    columns.map(({ title }) => span(title)),
    ...rows.map((row) => columns.map((_, at) => spanOf(row[at]))),
  ];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => textWidth(line[at]?.text ?? ""))));
  const kept = fitting(columns, widths, width);
  return lines.map((line) =>
    kept.flatMap((at, position) => {
      const cell = line[at] ?? span("");
      const padding = span(" ".repeat(Math.max(0, (widths[at] ?? 0) - textWidth(cell.text))));
      const isLast = position === kept.length - 1;
      const before = position === 0 ? [] : [span(" ".repeat(gap))];
      if (columns[at]?.align === "right") return [...before, padding, cell];
      return isLast ? [...before, cell] : [...before, cell, padding];
    }),
  );
}

function spanOf(cell: TableCell | undefined): Span {
  if (cell === undefined || typeof cell === "string") return span(cell ?? "");
  return { ...cell, text: visible(cell.text) };
}

/** The columns that stay, by number. */
function fitting(columns: readonly TableColumn[], widths: readonly number[], width: number): readonly number[] {
  let kept = columns.map((_, at) => at);
  const taken = () => kept.reduce((sum, at) => sum + (widths[at] ?? 0) + gap, -gap);
  while (taken() > width) {
    const next = Math.max(...kept.map((at) => columns[at]?.dispensable ?? 0));
    if (next === 0) break;
    kept = kept.filter((at) => columns[at]?.dispensable !== next);
  }
  return kept;
}

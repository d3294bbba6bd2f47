import { textWidth, visible } from "../terminal/text-width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** A cell's text, which may come from outside, and how it is painted. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

/** Rows under aligned titles, two spaces between columns, as wide as their texts. Control characters in cells are taken out. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns.map((column): Cell => column.title), ...rows].map((line) =>
    columns.map((_, index) => cleaned(line[index] ?? "")),
  );
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => textWidth(line[index]?.text ?? ""))));
  return lines
    .map((line) =>
      line
        .map((cell, index) => filled(cell, columns[index], widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cleaned(cell: Cell): { readonly text: string; readonly paint: (text: string) => string } {
  const { text, paint } = typeof cell === "string" ? { text: cell, paint: (same: string) => same } : cell;
  return { text: visible(text), paint };
}

function filled(cell: ReturnType<typeof cleaned>, column: Column | undefined, width: number): string {
  const padding = " ".repeat(Math.max(0, width - textWidth(cell.text)));
  return column?.align === "right" ? padding + cell.paint(cell.text) : cell.paint(cell.text) + padding;
}

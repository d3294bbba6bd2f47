import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Rows under aligned titles, two spaces between columns, as wide as their texts. Cells may be coloured. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => visibleWidth(line[index] ?? ""))));
  return lines
    .map((line) =>
      columns
        .map(({ align }, index) => {
          const cell = line[index] ?? "";
          const padding = " ".repeat((widths[index] ?? 0) - visibleWidth(cell));
          return align === "right" ? padding + cell : cell + padding;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function visibleWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}

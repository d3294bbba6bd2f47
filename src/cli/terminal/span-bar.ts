import { span, type Line, type Style } from "./line.ts";

/** One stretch of a bar: from and to on the bar's own scale. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly glyph: string;
  readonly style: Style;
}

/**
 * Stretches on a scale of `columns`. Later ones lie over earlier ones; each takes at least one column, so that even the shortest
 * job is seen.
 */
export function bar(
  stretches: readonly Stretch[],
  scale: { readonly fromMs: number; readonly toMs: number; readonly columns: number },
): Line {
  const { columns } = scale;
  const lengthMs = Math.max(1, scale.toMs - scale.fromMs);
  const at = (ms: number) => Math.round(((ms - scale.fromMs) / lengthMs) * columns);
  const cells: { glyph: string; style: Style }[] = Array.from({ length: columns }, () => ({
    glyph: " ",
    style: "plain",
  }));
  for (const { fromMs, toMs, glyph, style } of stretches) {
    const first = Math.min(columns - 1, Math.max(0, at(fromMs)));
    const end = Math.min(columns, Math.max(first + 1, at(toMs)));
    for (let cell = first; cell < end; cell += 1) cells[cell] = { glyph, style };
  }
  const line: { text: string; style: Style }[] = [];
  for (const { glyph, style } of cells) {
    const last = line.at(-1);
    if (last !== undefined && last.style === style) last.text += glyph;
    else line.push({ text: glyph, style });
  }
  return line.map(({ text, style }) => span(text, style));
}

/** Shares of a whole side by side, filling `columns`; a share that is not zero takes at least one column. */
export function shares(
  parts: readonly { readonly count: number; readonly glyph: string; readonly style: Style }[],
  columns: number,
): Line {
  const shown = parts.filter(({ count }) => count > 0);
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  const spare = Math.max(0, columns - shown.length);
  let before = 0;
  return shown.slice(0, columns).map(({ count, glyph, style }) => {
    const from = Math.round((before / total) * spare);
    before += count;
    return span(glyph.repeat(1 + Math.round((before / total) * spare) - from), style);
  });
}

/**
 * Text as a terminal shows it: control characters gone (a job's name comes from outside and must not move the cursor), and its
 * width in columns.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => (/\s/.test(character) ? " " : ""));
}

/** Columns of text without control characters. East Asian wide characters and emoji take two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text in exactly `width` columns: cut with an ellipsis, or filled with spaces. */
export function fit(text: string, width: number, align: "left" | "right" = "left"): string {
  const cut = truncate(text, width);
  const padding = " ".repeat(Math.max(0, width - textWidth(cut)));
  return align === "left" ? cut + padding : padding + cut;
}

/** The text in at most `width` columns. */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = graphemeWidth(segment);
    if (used + next > width - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept}…`;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;

function graphemeWidth(segment: string): number {
  if (/^\p{M}+$/u.test(segment)) return 0;
  return wide.test(segment) ? 2 : 1;
}

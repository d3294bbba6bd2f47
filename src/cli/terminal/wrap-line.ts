import { span, type Line, type Span } from "./line.ts";
import { textWidth } from "./text-width.ts";

/** The line in as many lines as it needs, broken between words; those after the first begin with `indent` spaces. */
export function wrapLine(line: Line, columns: number, indent = 0): readonly Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  let isFresh = true;
  for (const { text, style } of line) {
    for (const word of text.split(/(?<= )/)) {
      const width = textWidth(word.trimEnd());
      if (!isFresh && used + width > columns) {
        lines.push([span(" ".repeat(indent))]);
        used = indent;
      }
      lines.at(-1)?.push({ text: word, style });
      used += textWidth(word);
      isFresh = false;
    }
  }
  // A space at the end would be cut, and leave the mark of a cut.
  return lines.map((spans) =>
    spans.map((part, at) => (at === spans.length - 1 ? { ...part, text: part.text.trimEnd() } : part)),
  );
}

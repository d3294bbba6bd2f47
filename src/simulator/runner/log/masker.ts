import { encodingsOf } from "./mask-encodings.ts";

/** Replaces secrets by `***` wherever they appear in text that leaves the runner. */
export interface Masker {
  /** A literal, in whatever usual encoding it may be printed. Each line of a text of several lines is masked too. */
  add(secret: string): void;
  /** A regular expression from the job message. One that JavaScript cannot read is masked as a literal. */
  addPattern(pattern: string): void;
  mask(text: string): string;
}

export function createMasker(): Masker {
  const literals = new Set<string>();
  const patterns: RegExp[] = [];

  const addLiteral = (value: string): void => {
    for (const form of encodingsOf(value)) literals.add(form);
  };

  return {
    add(secret) {
      if (secret.trim() === "") return;
      addLiteral(secret);
      for (const line of secret.split(/[\r\n]+/)) {
        // Without the blanks around it too: an indented line of a key is often printed bare.
        if (line.trim() !== "") for (const form of new Set([line, line.trim()])) addLiteral(form);
      }
    },
    addPattern(pattern) {
      if (pattern === "") return;
      try {
        patterns.push(new RegExp(pattern, "g"));
      } catch {
        addLiteral(pattern);
      }
    },
    mask(text) {
      const found = [...literalRanges(text, literals), ...patternRanges(text, patterns)];
      return found.length === 0 ? text : replaceRanges(text, found);
    },
  };
}

type Range = readonly [start: number, end: number];

function* literalRanges(text: string, literals: ReadonlySet<string>): Generator<Range> {
  for (const literal of literals) {
    // Steps of one: a secret may overlap itself, and every part of it must go.
    for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) yield [at, at + literal.length];
  }
}

function* patternRanges(text: string, patterns: readonly RegExp[]): Generator<Range> {
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      if (match[0] !== "") yield [match.index, match.index + match[0].length];
    }
  }
}

/** Overlapping and touching ranges become one `***`, so that the number of stars tells nothing. */
function replaceRanges(text: string, ranges: Range[]): string {
  ranges.sort((left, right) => left[0] - right[0]);
  let result = "";
  let position = 0;
  let open: { start: number; end: number } | undefined;
  for (const [start, end] of ranges) {
    if (open !== undefined && start <= open.end) {
      open.end = Math.max(open.end, end);
      continue;
    }
    if (open !== undefined) {
      result += `${text.slice(position, open.start)}***`;
      position = open.end;
    }
    open = { start, end };
  }
  if (open !== undefined) {
    result += `${text.slice(position, open.start)}***`;
    position = open.end;
  }
  return result + text.slice(position);
}

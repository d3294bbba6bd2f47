import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
} from "yaml";
import { hideSecrets } from "./hide-secrets.ts";
import type { ConfigProblem } from "./problem.ts";

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML text that parsed: its plain value, and where each part of it stands. */
export interface YamlSource {
  readonly value: unknown;
  /** Where the key (or the list's item) at `path` stands; the nearest enclosing place when there is none. */
  placeOf(path: readonly PropertyKey[]): Place;
}

const longestText = 1_048_576;

/** Reads one YAML document; every syntax error comes with its place. */
export function readYaml(
  text: string,
  file: string,
): { readonly source: YamlSource } | { readonly errors: ConfigProblem[] } {
  const problem = (place: Place, message: string): ConfigProblem => ({
    file,
    ...place,
    path: "",
    message: hideSecrets(message),
  });
  const start: Place = { line: 1, column: 1 };
  if (text.length > longestText)
    return { errors: [problem(start, "the file is larger than 1 MiB; is it the right one?")] };
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const clean = text.replace(/^\uFEFF/, "");
  const document = parseDocument(clean, { lineCounter: lines, merge: true, prettyErrors: false });
  if (document.errors.length > 0) {
    return { errors: document.errors.map((error) => problem(place(error.pos[0]), syntaxProblem(error, clean))) };
  }
  const lost = firstLostAlias(document);
  if (lost !== undefined) {
    const message = `not usable YAML: *${lost.name} stands for nothing; write &${lost.name} before what it shall repeat.`;
    return { errors: [problem(place(lost.offset), message)] };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return { errors: [problem(start, `not usable YAML: ${error instanceof Error ? error.message : String(error)}`)] };
  }
  return { source: { value, placeOf: (path) => findPlace(document, path, place) } };
}

interface SyntaxError {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** The parser's own words, but where they speak to a programmer or leave the reader to guess. */
function syntaxProblem({ code, message, pos }: SyntaxError, text: string): string {
  switch (code) {
    case "MULTIPLE_DOCS":
      return "a second YAML document begins here; drover.yaml is one. Remove the line --- and what does not belong to it.";
    case "DUPLICATE_KEY": {
      const key = /^["']?([\w.-]{1,60})["']?\s*:/.exec(text.slice(pos[0], pos[0] + 80))?.[1];
      return `not valid YAML: ${key ?? "a key"} stands twice in this map; keep one of the two.`;
    }
    case "TAB_AS_INDENT":
      return "not valid YAML: a tab stands where only spaces may; indent with spaces.";
    default:
      return `not valid YAML: ${message}`;
  }
}

/** The first `*name` without an earlier `&name`. */
function firstLostAlias(document: Document): { readonly name: string; readonly offset: number } | undefined {
  let found: { readonly name: string; readonly offset: number } | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      found = { name: alias.source, offset: alias.range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return found;
}

function findPlace(document: Document, path: readonly PropertyKey[], place: (offset: number) => Place): Place {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node) && typeof step === "number") {
      const item = node.items[step] as Node | undefined;
      if (item === undefined) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return place(offset);
}

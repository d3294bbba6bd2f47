import type { ObjectReader } from "@actions/workflow-parser/templates/object-reader";
import {
  BooleanToken,
  type LiteralToken,
  MappingToken,
  NullToken,
  SequenceToken,
  StringToken,
} from "@actions/workflow-parser/templates/tokens/index";
import type { TokenRange } from "@actions/workflow-parser/templates/tokens/token-range";
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from "yaml";
import { YamlNumber } from "./yaml-number.ts";

/** Aliases may repeat a subtree; past this many nodes a file is taken for an attack. */
const nodeCountMax = 50_000;

/** The lines of a block scalar (`|`, `>`) and how far they are indented. */
export interface BlockScalar {
  readonly firstLine: number;
  readonly lastLine: number;
  readonly indent: number;
}

export interface YamlProblem {
  readonly message: string;
  readonly range: TokenRange | undefined;
}

type Event =
  | { readonly kind: "document-start" | "document-end" | "sequence-end" | "mapping-end" }
  | { readonly kind: "literal"; readonly token: LiteralToken }
  | { readonly kind: "sequence-start"; readonly token: SequenceToken }
  | { readonly kind: "mapping-start"; readonly token: MappingToken };

/**
 * Reads YAML for GitHub's template reader. Written anew because the package's own reader hands the indented source of a
 * block scalar to the expression parser, so that a script with `${{ }}` would keep its indentation.
 */
export class YamlReader implements ObjectReader {
  readonly problems: YamlProblem[] = [];
  readonly blockScalars: BlockScalar[] = [];
  readonly #file: number;
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;
  readonly #events: Event[] = [];
  #position = 0;

  constructor(file: number, text: string) {
    this.#file = file;
    this.#text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: false });
    // What follows the first error is the parser's confusion, often on every later line.
    const [error] = this.#document.errors;
    if (error !== undefined) {
      const [start, end = start] = error.linePos ?? [];
      const range =
        start === undefined || end === undefined
          ? undefined
          : { start: { line: start.line, column: start.col }, end: { line: end.line, column: end.col } };
      this.problems.push({ message: yamlMessage(error.message), range });
      return;
    }
    this.#events.push({ kind: "document-start" });
    this.#read(this.#document.contents, new Set());
    this.#events.push({ kind: "document-end" });
  }

  allowLiteral(): LiteralToken | undefined {
    const event = this.#events[this.#position];
    if (event?.kind !== "literal") return undefined;
    this.#position += 1;
    return event.token;
  }

  allowSequenceStart(): SequenceToken | undefined {
    const event = this.#events[this.#position];
    if (event?.kind !== "sequence-start") return undefined;
    this.#position += 1;
    return event.token;
  }

  allowSequenceEnd(): boolean {
    return this.#allow("sequence-end");
  }

  allowMappingStart(): MappingToken | undefined {
    const event = this.#events[this.#position];
    if (event?.kind !== "mapping-start") return undefined;
    this.#position += 1;
    return event.token;
  }

  allowMappingEnd(): boolean {
    return this.#allow("mapping-end");
  }

  validateStart(): void {
    if (!this.#allow("document-start")) throw new Error("The file has no YAML document.");
  }

  validateEnd(): void {
    if (!this.#allow("document-end")) throw new Error("The file goes on after its YAML document.");
  }

  #allow(kind: Event["kind"]): boolean {
    if (this.#events[this.#position]?.kind !== kind) return false;
    this.#position += 1;
    return true;
  }

  #read(node: unknown, resolving: ReadonlySet<unknown>): void {
    if (this.#events.length > nodeCountMax) {
      if (this.problems.length === 0) {
        this.problems.push({ message: `The file has more than ${nodeCountMax} nodes`, range: undefined });
      }
      return;
    }
    const range = this.#rangeOf(node);
    this.#refuseTag(node);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined || resolving.has(target)) {
        this.problems.push({ message: `The alias '*${node.source}' refers to itself or to nothing`, range });
        return;
      }
      this.#read(target, new Set(resolving).add(target));
    } else if (isSeq(node)) {
      this.#events.push({ kind: "sequence-start", token: new SequenceToken(this.#file, range, undefined) });
      for (const item of node.items) this.#read(item, resolving);
      this.#events.push({ kind: "sequence-end" });
    } else if (isMap(node)) {
      this.#events.push({ kind: "mapping-start", token: new MappingToken(this.#file, range, undefined) });
      for (const item of node.items) this.#read(item, resolving);
      this.#events.push({ kind: "mapping-end" });
    } else if (isPair(node)) {
      this.#readKey(node.key);
      this.#read(node.value, resolving);
    } else if (isScalar(node)) {
      this.#noteBlockScalar(node, range);
      this.#events.push({ kind: "literal", token: this.#literal(node, range) });
    } else {
      this.#events.push({ kind: "literal", token: new NullToken(this.#file, range, undefined) });
    }
  }

  /** `if: !cancelled()` without quotes: to YAML that is a tag and no value at all. */
  #refuseTag(node: unknown): void {
    if (!isScalar(node) && !isSeq(node) && !isMap(node)) return;
    const { tag, range } = node;
    if (tag === undefined || tag.startsWith("tag:yaml.org,2002:")) return;
    // The value's range begins behind the tag.
    const { line, col: column } = this.#lines.linePos(Math.max(0, this.#text.lastIndexOf(tag, range?.[0])));
    const start = { line, column };
    this.problems.push({ message: `Unexpected tag '${tag}'`, range: { start, end: start } });
  }

  #readKey(key: unknown): void {
    const range = this.#rangeOf(key);
    const target = isAlias(key) ? key.resolve(this.#document) : key;
    if (!isScalar(target)) {
      this.problems.push({ message: "A key must be a single value, not a list or a mapping", range });
      return;
    }
    const text = target.value === null || target.value === undefined ? "" : String(target.value);
    this.#events.push({ kind: "literal", token: new StringToken(this.#file, range, text, undefined) });
  }

  #literal(node: Scalar, range: TokenRange | undefined): LiteralToken {
    const { value } = node;
    switch (typeof value) {
      case "number":
        return new YamlNumber(this.#file, range, value, undefined);
      case "bigint":
        return new YamlNumber(this.#file, range, Number(value), undefined);
      case "boolean":
        return new BooleanToken(this.#file, range, value, undefined);
      case "string":
        return new StringToken(this.#file, range, value, undefined, this.#sourceOf(node, range));
      default:
        return new NullToken(this.#file, range, undefined);
    }
  }

  /** A quoted text of one line as it is written: the parser needs the quote to place expressions. */
  #sourceOf(node: Scalar, range: TokenRange | undefined): string | undefined {
    if (range === undefined || range.start.line !== range.end.line) return undefined;
    return this.#text.slice(node.range?.[0], node.range?.[1]);
  }

  #noteBlockScalar(node: Scalar, range: TokenRange | undefined): void {
    if (range === undefined || (node.type !== "BLOCK_LITERAL" && node.type !== "BLOCK_FOLDED")) return;
    const lines = this.#text.split("\n").slice(range.start.line, range.end.line);
    const filled = lines.filter((line) => line.trim() !== "");
    const indent = Math.min(...filled.map((line) => line.length - line.trimStart().length));
    if (filled.length === 0) return;
    this.blockScalars.push({ firstLine: range.start.line + 1, lastLine: range.end.line, indent });
  }

  #rangeOf(node: unknown): TokenRange | undefined {
    const range = (node as Node | null | undefined)?.range;
    if (range === undefined || range === null) return undefined;
    const start = this.#lines.linePos(range[0]);
    const end = this.#lines.linePos(range[1]);
    return { start: { line: start.line, column: start.col }, end: { line: end.line, column: end.col } };
  }
}

function yamlMessage(message: string): string {
  if (message.startsWith("Source contains multiple documents")) return "The file holds more than one YAML document";
  return (message.split("\n", 1)[0] ?? message).replace(/ at line \d+, column \d+:?$/u, "");
}

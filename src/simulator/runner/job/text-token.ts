import { Lexer } from "@actions/expressions";
import type { Token } from "./job-message.ts";

/**
 * The token of a text with `${{ }}` in it, as the service would have sent it: a whole expression stays one, a mixture
 * becomes a `format()` call.
 *
 * @throws {Error} for an expression that is not closed.
 */
export function tokenOfText(source: string): Token {
  const parts = splitExpressions(source);
  const [only] = parts;
  if (only === undefined || parts.every((part) => part.kind === "text")) return source;
  if (parts.length === 1) return { type: 3, expr: only.text };
  let format = "";
  const operands: string[] = [];
  for (const part of parts) {
    if (part.kind === "text") format += part.text.replaceAll("{", "{{").replaceAll("}", "}}").replaceAll("'", "''");
    else format += `{${operands.push(part.text) - 1}}`;
  }
  return { type: 3, expr: `format('${format}', ${operands.join(", ")})` };
}

/** The text of an `if:` as a condition: without `${{ }}`, and under `success()` unless it asks for the status itself. */
export function conditionOf(source: string): string {
  const trimmed = source.trim();
  if (trimmed === "") return "success()";
  const token = tokenOfText(trimmed);
  const expression = typeof token === "string" ? token : String((token as { expr: string }).expr);
  return asksForStatus(expression) ? expression : `success() && (${expression})`;
}

const statusFunctions: ReadonlySet<string> = new Set(["always", "success", "failure", "cancelled"]);

function asksForStatus(expression: string): boolean {
  try {
    const { tokens } = new Lexer(expression).lex();
    return tokens.some(
      (token, index) => statusFunctions.has(token.lexeme.toLowerCase()) && tokens[index + 1]?.lexeme === "(",
    );
  } catch {
    return false; // The evaluation will name the mistake.
  }
}

interface Part {
  readonly kind: "text" | "expression";
  readonly text: string;
}

function splitExpressions(source: string): Part[] {
  const parts: Part[] = [];
  let position = 0;
  for (let open = source.indexOf("${{"); open >= 0; open = source.indexOf("${{", position)) {
    const close = findClose(source, open + 3);
    if (close < 0)
      throw new Error(
        `The expression is not closed. An unescaped \${{ sequence was found, but the closing }} sequence was not found.`,
      );
    if (open > position) parts.push({ kind: "text", text: source.slice(position, open) });
    parts.push({ kind: "expression", text: source.slice(open + 3, close).trim() });
    position = close + 2;
  }
  if (position < source.length) parts.push({ kind: "text", text: source.slice(position) });
  return parts;
}

/** Where `}}` stands outside of quotes. */
function findClose(source: string, from: number): number {
  let quoted = false;
  for (let index = from; index < source.length - 1; index++) {
    if (source[index] === "'") quoted = !quoted;
    else if (!quoted && source.startsWith("}}", index)) return index;
  }
  return -1;
}

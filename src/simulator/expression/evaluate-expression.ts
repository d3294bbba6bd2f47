import { data, Evaluator, type Expr, Lexer, Parser } from "@actions/expressions";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { type Token, TokenType } from "@actions/expressions/lexer";
import { GitHubNumber } from "./expression-data.ts";
import { readJson, writeJson } from "./json-data.ts";

/** What an expression may name. Keys of `contexts` are lower case; a name that is not there is an error. */
export interface ExpressionNames {
  readonly contexts: Iterable<readonly [string, data.ExpressionData]>;
  /** Functions besides GitHub's own, such as `success()`. */
  readonly functions?: Iterable<FunctionDefinition>;
}

/**
 * Evaluates one expression, written without `${{ }}`, with GitHub's own evaluator, and corrects where the package differs
 * from what GitHub runs: the text of numbers, the order of JSON keys, doubled quotes.
 *
 * @throws {ExpressionError} it does not parse.
 * @throws {Error} it cannot be evaluated.
 */
export function evaluateExpression(expression: string, names: ExpressionNames): data.ExpressionData {
  const entries = [...names.contexts];
  const functions = [...jsonFunctions, ...(names.functions ?? [])];
  const tokens = unquoted(new Lexer(expression).lex().tokens);
  const known = entries.map(([name]) => name);
  const tree = new Parser(tokens, known, functions).parse() as Expr | undefined;
  if (tree === undefined) return new data.Null();
  const contexts = new data.Dictionary(...entries.map(([key, value]) => ({ key, value })));
  return new GitHubEvaluator(
    tree,
    contexts,
    new Map(functions.map((each) => [each.name.toLowerCase(), each])),
  ).evaluate();
}

const jsonFunctions: readonly FunctionDefinition[] = [
  {
    name: "toJson",
    minArgs: 1,
    maxArgs: 1,
    call: (value) => new data.StringData(writeJson(value ?? new data.Null())),
  },
  { name: "fromJson", minArgs: 1, maxArgs: 1, call: (text) => readJson(text?.coerceString() ?? "") },
];

class GitHubEvaluator extends Evaluator {
  override visitLiteral(literal: Parameters<Evaluator["visitLiteral"]>[0]): data.ExpressionData {
    const value = super.visitLiteral(literal);
    return value instanceof data.NumberData ? new GitHubNumber(value.value) : value;
  }
}

/** The package's lexer undoubles only the first doubled quote of a text; GitHub undoubles all. */
function unquoted(tokens: readonly Token[]): Token[] {
  return tokens.map((token) =>
    token.type === TokenType.STRING ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") } : token,
  );
}

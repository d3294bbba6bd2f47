import {
  BasicExpressionToken,
  BooleanToken,
  MappingToken,
  NumberToken,
  SequenceToken,
  StringToken,
  type TemplateToken,
} from "../../workflow/tokens.ts";

/** A part of a workflow file as job messages carry it: expressions unevaluated, for the runner. */
export type TokenJson =
  | string
  | number
  | boolean
  | { readonly type: 1; readonly seq: readonly TokenJson[] }
  | { readonly type: 2; readonly map: readonly { readonly Key: TokenJson; readonly Value: TokenJson }[] }
  | {
      readonly type: 3;
      readonly file?: number;
      readonly line?: number;
      readonly col?: number;
      readonly expr: string;
    }
  | { readonly type: 4; readonly directive: "insert" }
  | { readonly type: 6; readonly num: string }
  | { readonly type: 7 };

/** The index of the workflow file in the message's file table. */
const workflowFile = 1;

export function tokenJson(token: TemplateToken): TokenJson {
  // JSON has no infinity and no "not a number".
  if (token instanceof NumberToken && !Number.isFinite(token.value)) return { type: 6, num: String(token.value) };
  if (token instanceof StringToken || token instanceof NumberToken || token instanceof BooleanToken) return token.value;
  if (token instanceof BasicExpressionToken) {
    const { line, col, expression: expr } = token;
    const place = line === undefined || col === undefined ? {} : { file: workflowFile, line, col };
    return { type: 3, ...place, expr };
  }
  if (token instanceof SequenceToken) return { type: 1, seq: [...token].map(tokenJson) };
  if (token instanceof MappingToken) {
    return { type: 2, map: [...token].map(({ key, value }) => ({ Key: tokenJson(key), Value: tokenJson(value) })) };
  }
  return token.isExpression ? { type: 4, directive: "insert" } : { type: 7 };
}

export function mapJson(entries: readonly (readonly [string, TokenJson])[]): TokenJson {
  return { type: 2, map: entries.map(([Key, Value]) => ({ Key, Value })) };
}

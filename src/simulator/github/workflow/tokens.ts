import {
  BasicExpressionToken,
  BooleanToken,
  MappingToken,
  NullToken,
  NumberToken,
  type ScalarToken,
  SequenceToken,
  StringToken,
  TemplateToken,
} from "@actions/workflow-parser/templates/tokens/index";

// The words of a workflow file as GitHub's parser hands them out. Only this folder and the message builder know them.
export {
  BasicExpressionToken,
  BooleanToken,
  MappingToken,
  NullToken,
  NumberToken,
  type ScalarToken,
  SequenceToken,
  StringToken,
  TemplateToken,
};

/** The value of a key of a mapping; undefined for an absent key or something that is no mapping. */
export function property(token: TemplateToken | undefined, key: string): TemplateToken | undefined {
  return token instanceof MappingToken ? token.find(key) : undefined;
}

/** The token as a mapping, or undefined if it is absent, null or something else. */
export function mapping(token: TemplateToken | undefined): MappingToken | undefined {
  return token instanceof MappingToken ? token : undefined;
}

export function scalar(token: TemplateToken | undefined): ScalarToken | undefined {
  return token?.isScalar === true && !(token instanceof NullToken) ? (token as ScalarToken) : undefined;
}

/** The text of a literal; undefined for expressions, lists, mappings and null. */
export function literalText(token: TemplateToken | undefined): string | undefined {
  if (token instanceof StringToken) return token.value;
  if (token instanceof NumberToken || token instanceof BooleanToken) return token.toString();
  return undefined;
}

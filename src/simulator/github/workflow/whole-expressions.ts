import { BasicExpressionToken, MappingToken, SequenceToken, type TemplateToken } from "./tokens.ts";

/** A mapping, or the expression that will give one: `env: ${{ matrix.env }}`. */
export type MappingOrExpression = MappingToken | BasicExpressionToken;

export function mappingOrExpression(token: TemplateToken | undefined): MappingOrExpression | undefined {
  return token instanceof MappingToken || token instanceof BasicExpressionToken ? token : undefined;
}

/**
 * A job as the package converts it: without an `env` that is one expression, on the job or on a step. GitHub takes such an
 * `env`; the package, made for editors, knows literal ones only.
 */
export function withoutWholeEnvironments(job: MappingToken): MappingToken {
  return copied(job, (key, value) => {
    if (key !== "steps" || !(value instanceof SequenceToken)) return value;
    const steps = new SequenceToken(value.file, value.range, value.definitionInfo);
    for (const step of value) steps.add(step instanceof MappingToken ? copied(step, (_key, part) => part) : step);
    return steps;
  });
}

function copied(from: MappingToken, convert: (key: string, value: TemplateToken) => TemplateToken): MappingToken {
  const to = new MappingToken(from.file, from.range, from.definitionInfo);
  for (const { key, value } of from) {
    const name = key.toString();
    if (name !== "env" || !(value instanceof BasicExpressionToken)) to.add(key, convert(name, value));
  }
  return to;
}

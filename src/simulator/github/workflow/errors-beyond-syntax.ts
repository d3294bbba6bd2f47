import { checkCondition } from "./check-condition.ts";
import type { LocalActionReader } from "./local-action.ts";
import type { TemplateFile } from "./read-template.ts";
import { literalText, mapping, type MappingToken, property, SequenceToken } from "./tokens.ts";
import { unsupportedJobKeys } from "./unsupported.ts";
import type { WorkflowError } from "./workflow-error.ts";

/**
 * All that can be said about a file that breaks the schema and is therefore not converted: its errors, wrong conditions, and
 * what cannot run here. So its author hears of everything at once.
 */
export function errorsBeyondSyntax(
  file: TemplateFile,
  root: MappingToken,
  actions: LocalActionReader,
): readonly WorkflowError[] {
  const unsupported: WorkflowError[] = [];
  for (const { value } of mapping(property(root, "jobs")) ?? []) {
    const job = mapping(value);
    if (job === undefined) continue;
    unsupported.push(...unsupportedJobKeys(file.path, job));
    checkCondition(file, job);
    const steps = property(job, "steps");
    for (const each of steps instanceof SequenceToken ? steps : []) {
      const step = mapping(each);
      if (step === undefined) continue;
      checkCondition(file, step);
      const uses = property(step, "uses");
      if (literalText(uses) && uses !== undefined) actions.collect(file.path, uses, {});
    }
  }
  const own = [...file.errors(), ...unsupported, ...actions.errors.filter((error) => error.file === file.path)];
  return [
    ...own.sort((left, right) => left.line - right.line || left.column - right.column),
    ...actions.errors.filter((error) => error.file !== file.path),
  ];
}

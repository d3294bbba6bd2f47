import { convertToIfCondition } from "@actions/workflow-parser/model/converter/if-condition";
import type { TemplateFile } from "./read-template.ts";
import { literalText, type MappingToken, property } from "./tokens.ts";

/** Adds to the file's errors what is wrong with the `if` of a job or step. In braces it was checked when it was read. */
export function checkCondition(file: TemplateFile, owner: MappingToken): void {
  const condition = property(owner, "if");
  // Braces that are still text held something wrong, which was told already.
  if (condition === undefined || condition.isExpression || literalText(condition)?.includes("${{")) return;
  convertToIfCondition(file.context, condition);
}

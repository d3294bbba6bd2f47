import { BasicExpressionToken, literalText, type ScalarToken, type TemplateToken } from "../../workflow/tokens.ts";
import { firstLineOf, runStepName } from "../../workflow/display-name.ts";
import type { StepDefinition } from "../../workflow/workflow.ts";
import { mapJson, tokenJson, type TokenJson } from "./token-json.ts";

/** One step of a job message. */
export interface StepJson {
  readonly type: "action";
  readonly id: string;
  readonly name: string;
  readonly contextName: string;
  readonly displayNameToken: TokenJson;
  readonly condition: string;
  readonly reference:
    | { readonly type: "script" }
    | { readonly type: "repository"; readonly repositoryType: "self"; readonly path: string };
  readonly inputs: TokenJson;
  readonly environment?: TokenJson;
  readonly continueOnError?: TokenJson;
  readonly timeoutInMinutes?: TokenJson;
}

export function stepJson(step: StepDefinition, id: string): StepJson {
  return {
    type: "action",
    id,
    name: step.id,
    contextName: step.id,
    displayNameToken: displayName(step),
    condition: step.condition.expression,
    ...workJson(step),
    ...optional("environment", step.env),
    ...optional("continueOnError", step.continueOnError),
    ...optional("timeoutInMinutes", step.timeoutMinutes),
  };
}

function workJson({ work }: StepDefinition): Pick<StepJson, "reference" | "inputs"> {
  if (work.kind === "local-action") {
    return {
      reference: { type: "repository", repositoryType: "self", path: work.path },
      inputs: work.inputs === undefined ? mapJson([]) : tokenJson(work.inputs),
    };
  }
  const inputs: [string, TokenJson][] = [["script", tokenJson(work.script)]];
  if (work.shell !== undefined) inputs.push(["shell", tokenJson(work.shell)]);
  if (work.workingDirectory !== undefined) inputs.push(["workingDirectory", tokenJson(work.workingDirectory)]);
  return { reference: { type: "script" }, inputs: mapJson(inputs) };
}

function displayName(step: StepDefinition): TokenJson {
  if (step.name !== undefined) return tokenJson(step.name);
  return step.work.kind === "local-action" ? runStepName(step.work.path) : scriptName(step.work.script);
}

/** `Run` and the first line of the script; expressions in that line are left to the runner. */
function scriptName(script: ScalarToken): TokenJson {
  if (!(script instanceof BasicExpressionToken)) return runStepName(literalText(script) ?? "");
  const written = script.originalExpressions === undefined ? undefined : script.source;
  const line = written === undefined ? undefined : firstLineOf(written);
  // Of an expression that goes on below its first line, or one that is the whole script, the runner takes the first line.
  if (line === undefined || line.lastIndexOf("${{") > line.lastIndexOf("}}")) {
    return { type: 3, expr: `format('Run {0}', ${script.expression})` };
  }
  const expressions: string[] = [];
  const format = line
    .split(/(\$\{\{(?:'[^']*'|[^'}]|\}(?!\}))*\}\})/u)
    .map((part) => {
      if (!part.startsWith("${{") || !part.endsWith("}}")) return escapedFormat(part);
      expressions.push(part.slice(3, -2).trim());
      return `{${expressions.length - 1}}`;
    })
    .join("");
  if (expressions.length === 0) return runStepName(line);
  return { type: 3, expr: `format('Run ${format}', ${expressions.join(", ")})` };
}

function escapedFormat(text: string): string {
  return text.replaceAll("'", "''").replaceAll("{", "{{").replaceAll("}", "}}");
}

function optional<Key extends string>(key: Key, token: TemplateToken | undefined): { readonly [K in Key]?: TokenJson } {
  return (token === undefined ? {} : { [key]: tokenJson(token) }) as { readonly [K in Key]?: TokenJson };
}

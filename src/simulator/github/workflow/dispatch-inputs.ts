import type { Value } from "./value.ts";
import { errorAt, type WorkflowError } from "./workflow-error.ts";
import {
  BooleanToken,
  literalText,
  MappingToken,
  NumberToken,
  property,
  SequenceToken,
  type TemplateToken,
} from "./tokens.ts";

export type DispatchInputType = "string" | "boolean" | "number" | "choice" | "environment";

/** One input of `workflow_dispatch`. */
export interface DispatchInput {
  readonly name: string;
  readonly place: TemplateToken;
  readonly type: DispatchInputType;
  readonly required: boolean;
  /** As text; undefined without one. */
  readonly default: string | undefined;
  readonly options: readonly string[];
}

export function readDispatchInputs(token: TemplateToken | undefined): readonly DispatchInput[] {
  if (!(token instanceof MappingToken)) return [];
  return [...token].map(({ key, value }) => {
    const required = property(value, "required");
    const options = property(value, "options");
    return {
      name: key.toString(),
      place: key,
      type: (literalText(property(value, "type")) ?? "string") as DispatchInputType,
      required: required instanceof BooleanToken && required.value,
      default: defaultText(property(value, "default")),
      options: options instanceof SequenceToken ? [...options].map((option) => literalText(option) ?? "") : [],
    };
  });
}

function defaultText(token: TemplateToken | undefined): string | undefined {
  return token instanceof BooleanToken || token instanceof NumberToken ? token.toString() : literalText(token);
}

export type DispatchedInputs =
  | {
      /** The `inputs` context: booleans are booleans, all others text. */
      readonly inputs: Readonly<Record<string, Value>>;
      /** `github.event.inputs`: the same, all as text. */
      readonly texts: Readonly<Record<string, string>>;
    }
  | { readonly errors: readonly WorkflowError[] };

/** What was given against what the workflow asks for: defaults filled in, types and choices checked. */
export function dispatchInputs(
  file: string,
  declared: readonly DispatchInput[],
  given: Readonly<Record<string, string>>,
): DispatchedInputs {
  const errors: WorkflowError[] = [];
  const byName = new Map(Object.entries(given).map(([name, text]) => [name.toLowerCase(), text]));
  const inputs: Record<string, Value> = {};
  const texts: Record<string, string> = {};
  for (const input of declared) {
    const text = byName.get(input.name.toLowerCase()) ?? input.default;
    byName.delete(input.name.toLowerCase());
    if (input.required && (text === undefined || text === "")) {
      errors.push(
        errorAt(
          file,
          input.place,
          `Required input '${input.name}' not provided`,
          `Give it with the dispatch: --input ${input.name}=VALUE.`,
        ),
      );
      continue;
    }
    const typed = typedInput(input, text);
    if (typed === undefined) {
      errors.push(wrongValue(file, input, text ?? ""));
      continue;
    }
    inputs[input.name] = typed;
    texts[input.name] = String(typed);
  }
  for (const name of byName.keys()) {
    const known = declared.map((input) => input.name).join(", ");
    errors.push({
      ...errorAt(file, declared[0]?.place, `Unexpected input provided: '${name}'`, ""),
      remedy:
        known === "" ? "This workflow declares no inputs; leave it out." : `Leave it out, or use one of: ${known}.`,
    });
  }
  return errors.length > 0 ? { errors } : { inputs, texts };
}

function typedInput(input: DispatchInput, text: string | undefined): Value | undefined {
  switch (input.type) {
    case "boolean": {
      if (text === undefined || text === "") return false;
      return text === "true" ? true : text === "false" ? false : undefined;
    }
    case "number":
      // Checked as a number, handed on as text: of all types only booleans keep theirs.
      return text === undefined || text.trim() === "" ? "" : Number.isFinite(Number(text)) ? text : undefined;
    case "choice":
      if (text === undefined || text === "") return "";
      return input.options.includes(text) ? text : undefined;
    default:
      return text ?? "";
  }
}

function wrongValue(file: string, input: DispatchInput, text: string): WorkflowError {
  if (input.type === "choice") {
    return errorAt(
      file,
      input.place,
      `Provided value '${text}' for input '${input.name}' not in the list of allowed values`,
      `Give one of: ${input.options.join(", ")}.`,
    );
  }
  return errorAt(
    file,
    input.place,
    `Provided value '${text}' for input '${input.name}' is not a ${input.type}`,
    input.type === "boolean" ? "Give true or false." : "Give a number.",
  );
}

import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";

/** Why a file was refused, where, and what its author can do. Lines and columns count from 1. */
export interface WorkflowError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly remedy: string;
}

/** An error at the place of a token; the beginning of the file if the token has no place. */
export function errorAt(
  file: string,
  token: Pick<TemplateToken, "line" | "col"> | undefined,
  message: string,
  remedy: string,
): WorkflowError {
  return { file, line: token?.line ?? 1, column: token?.col ?? 1, message, remedy };
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^Unexpected value ''/u,
    "Give the key a value of the expected kind, or remove the key; an empty value is not accepted here.",
  ],
  [
    /^Unexpected value '(background|wait|wait-all|cancel)'/u,
    "If this is about a background step: they are not supported here, write plain `run:` steps. Else correct the spelling.",
  ],
  [
    /^Unexpected value/u,
    "Correct the spelling or remove it; the workflow syntax reference lists the keys and values allowed at this place.",
  ],
  [/is already defined$/u, "Keep one of the two; keys are compared without regard to case."],
  [/^Required property is missing: (.+)$/u, "Add the property $1."],
  [/^There's not enough info/u, "Add one of the properties named in the message."],
  [
    /^Unrecognized named-value/u,
    "Use a context that is available at this key (see the table of context availability), or correct its spelling.",
  ],
  [
    /^Unrecognized function/u,
    "Use a function that is available at this key, or correct its spelling; status functions work in `if` only.",
  ],
  [/parameters supplied/u, "Give the function as many arguments as its reference says."],
  [/expression is not closed/u, "Close the expression with }}."],
  [/template expression is not allowed/u, "Write a literal value here; GitHub evaluates no expression at this key."],
  [
    /^Exceeded max expression length/u,
    "Shorten the text, or take the expressions out of it: hand their values over in `env`, or run a script of the repository.",
  ],
  [
    /^(Unexpected symbol|Unexpected end of expression|An expression was expected|Lexical|Exceeded max)/u,
    "Correct the expression; strings take single quotes, and operators are && || ! == != < <= > >=.",
  ],
  [/creates a cycle|at least one job with no dependencies/u, "Remove one of the `needs` that form the circle."],
  [/depends on unknown job/u, "Name a job of this file in `needs`, or remove the entry."],
  [/^Matrix /u, "Give each list of the matrix a value, and name in `exclude` only keys that the matrix has."],
  [/^'runs-on' names no label/u, "Name at least one label, for example `runs-on: self-hosted`, or a runner group."],
  [/'queue: max'/u, "Choose one: `queue: max` keeps every run, `cancel-in-progress: true` keeps the newest only."],
  [/cron/iu, "Write five fields: minute hour day month weekday, for example '30 5 * * 1-5'."],
  [
    /^The identifier .* is invalid/u,
    "Use letters, digits, - and _ only, beginning with a letter or _, below 100 characters.",
  ],
  [/may not be used more than once/u, "Give each step of the job an id of its own."],
  [/^A (sequence|mapping) was not expected/u, "Write a single value here, or move the block to the key it belongs to."],
  [/^Unexpected tag/u, "A value that begins with ! needs quotes, or ${{ }} around it if it is an expression."],
  [/^Tabs are not allowed/u, "Indent with spaces."],
  [/more than one YAML document/u, "Remove the `---` and what follows it, or push it as a file of its own."],
  [/^The alias/u, "Define the anchor (&name) above the place that uses it."],
  [
    /^(Nested mappings|Implicit)/u,
    "Put the value in quotes if it has a colon in it, or else correct the indentation of the line below it.",
  ],
  [/^Plain value cannot/u, "Put the value in quotes."],
  [
    /(same column|sufficiently indented|closing)/u,
    "Check the indentation, the quotes and the brackets at this place and just above it.",
  ],
  [
    /at node end$/u,
    "Begin a new line, or put the whole value in quotes: inside [ ] and { }, a ${{ }} has to be quoted too.",
  ],
  [/^Missing 'options'/u, "Add `options` with at least one value."],
  [/^Expected one of uses or run/u, "Give the step a `run:` script or a `uses:` reference."],
];

/** What to do about a message of GitHub's parser. */
export function remedyFor(message: string): string {
  for (const [pattern, remedy] of remedies) {
    const match = pattern.exec(message);
    if (match !== null) return remedy.replace("$1", `\`${match[1] ?? ""}\``);
  }
  return "Correct the file at this place; the workflow syntax reference of GitHub Actions describes what is allowed.";
}

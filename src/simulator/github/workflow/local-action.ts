import { checkCondition } from "./check-condition.ts";
import { cleanPath } from "./pushed-files.ts";
import { readTemplate } from "./read-template.ts";
import { literalText, mapping, property, SequenceToken, type TemplateToken } from "./tokens.ts";
import { errorAt, type WorkflowError } from "./workflow-error.ts";
import type { LocalAction } from "./workflow.ts";

/** Composite actions may use composite actions up to this depth. */
const nestingMax = 10;

/** Reads the local composite actions of one workflow file; each is read once. */
export class LocalActionReader {
  readonly errors: WorkflowError[] = [];
  readonly #files: ReadonlyMap<string, string>;
  readonly #read = new Map<string, ReadAction>();

  constructor(files: ReadonlyMap<string, string>) {
    this.#files = files;
  }

  /**
   * Checks what a `uses:` names and adds it, with all it uses itself, to `found` under the text of its `uses:`. What cannot
   * run here becomes an error at the place of the `uses:`.
   */
  collect(file: string, uses: TemplateToken, found: Record<string, LocalAction>, depth = 0): void {
    const reference = literalText(uses) ?? "";
    if (found[reference] !== undefined) return;
    const refusal = refusedReference(reference) ?? (depth >= nestingMax ? tooDeep(reference) : undefined);
    if (refusal !== undefined) {
      this.errors.push(errorAt(file, uses, refusal.message, refusal.remedy));
      return;
    }
    const action = this.#action(file, uses, reference);
    if (action === undefined) return;
    found[reference] = { files: action.files };
    for (const nested of action.uses) this.collect(action.path, nested, found, depth + 1);
  }

  #action(file: string, uses: TemplateToken, reference: string): ReadAction | undefined {
    const folder = cleanPath(reference);
    if (this.#read.has(folder)) return this.#read.get(folder);
    const prefix = folder === "" ? "" : `${folder}/`;
    const path = ["action.yml", "action.yaml"].map((name) => prefix + name).find((each) => this.#files.has(each));
    if (path === undefined) {
      this.errors.push(
        errorAt(
          file,
          uses,
          `Local action '${reference}' has no action.yml among the pushed files`,
          `Push ${prefix}action.yml together with the workflow, for example by pushing the whole folder.`,
        ),
      );
      return undefined;
    }
    const action = this.#parse(path, prefix);
    this.#read.set(folder, action);
    return action;
  }

  #parse(path: string, prefix: string): ReadAction {
    const template = readTemplate(path, this.#files.get(path) ?? "", "action");
    const runs = property(template.root, "runs");
    const using = property(runs, "using");
    const steps = property(runs, "steps");
    const stepMappings = steps instanceof SequenceToken ? [...steps].map(mapping) : [];
    for (const step of stepMappings) if (step !== undefined) checkCondition(template, step);
    const errors = [...template.errors()];
    if (errors.length === 0 && literalText(using) !== "composite") {
      errors.push(
        errorAt(
          path,
          using ?? runs ?? template.root,
          `Only composite actions run here; this one says '${literalText(using) ?? "nothing"}'`,
          "Write the action with `runs.using: composite` and `run:` steps.",
        ),
      );
    }
    this.errors.push(...errors);
    // With errors of its own too: what it uses is checked all the same, so that everything is told at once.
    const uses = stepMappings.map((step) => property(step, "uses"));
    const files = [...this.#files]
      .filter(([each]) => each.startsWith(prefix))
      .map(([each, text]) => [each.slice(prefix.length), text] as const);
    return { path, files: Object.fromEntries(files), uses: uses.filter((each) => each !== undefined) };
  }
}

interface ReadAction {
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
  readonly uses: readonly TemplateToken[];
}

interface Refusal {
  readonly message: string;
  readonly remedy: string;
}

function refusedReference(reference: string): Refusal | undefined {
  if (reference === "." || reference.startsWith("./") || reference.startsWith(".\\")) {
    if (!cleanPath(reference).startsWith("..")) return undefined;
    return {
      message: `Local action '${reference}' lies outside the repository`,
      remedy: "Name a folder of the repository.",
    };
  }
  if (reference.startsWith("$/")) {
    return {
      message: `The self repository reference '${reference}' is not supported`,
      remedy: `Write './${cleanPath(reference.slice(2))}': pushed actions are in the workspace without a checkout.`,
    };
  }
  const what = reference.startsWith("docker://") ? "Docker image" : "action";
  return {
    message: `The ${what} '${reference}' is not supported: the simulator fetches nothing`,
    remedy: "Replace the step with `run:`, or with a local composite action (`uses: ./path`) pushed with the workflow.",
  };
}

function tooDeep(reference: string): Refusal {
  return {
    message: `Local action '${reference}' is nested more than ${nestingMax} levels deep`,
    remedy: "Let the actions use each other less deeply; two actions that use each other never end.",
  };
}

/** One thing wrong with a configuration file, and where. */
export interface ConfigProblem {
  /** As the caller named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `pools[0].size.max`; empty for the file as a whole. */
  readonly path: string;
  /** What was expected, what stands there, and an example where one helps. */
  readonly message: string;
}

/** `drover.yaml:14:7 pools[0].size.max: expected ...`. */
export function formatProblem(problem: ConfigProblem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  return problem.path === "" ? `${place} ${problem.message}` : `${place} ${problem.path}: ${problem.message}`;
}

/** `["pools", 0, "size", "max"]` as `pools[0].size.max`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(String(step))) text += text === "" ? String(step) : `.${String(step)}`;
    else text += `[${JSON.stringify(String(step))}]`;
  }
  return text;
}

/** A problem that does not know its line yet. */
export interface PlacedProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

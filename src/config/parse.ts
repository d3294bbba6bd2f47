import { dirname, resolve } from "node:path";
import { advice } from "./advice.ts";
import { configSchema, type Config } from "./config.ts";
import { crossChecks } from "./cross-checks.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { formatPath, type ConfigProblem, type PlacedProblem } from "./problem.ts";
import { schemaProblems } from "./schema-problems.ts";
import { settle } from "./settle.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

export type ParseResult =
  | {
      readonly config: Config;
      readonly warnings: readonly ConfigProblem[];
      /** A problem that only shows when the configuration is used, at the place of its setting. */
      readonly problemAt: (path: readonly PropertyKey[], message: string) => ConfigProblem;
    }
  | { readonly errors: readonly ConfigProblem[] };

/**
 * Reads drover.yaml. Pure but for paths, which become absolute from the file's folder; secrets stay references.
 *
 * @param fileName as error messages name it.
 * @param folder what a relative `fileName` starts from; default: the process's folder.
 * @returns the configuration with advice about it, or every error at once, in the order of their places.
 */
export function parseConfig(text: string, fileName: string, folder = "."): ParseResult {
  const read = readYaml(text, fileName);
  if ("errors" in read) return read;
  const { source } = read;
  const value = source.value ?? {};
  const parsed = configSchema.safeParse(value);
  const problems = [...(parsed.success ? [] : schemaProblems(parsed.error.issues, value)), ...crossChecks(value)];
  if (!parsed.success || problems.length > 0) return { errors: placed(problems, source, fileName) };
  const config = settle(parsed.data, dirname(resolve(folder, fileName)));
  return {
    config,
    warnings: placed(advice(config), source, fileName),
    problemAt: (path, message) => problemAt({ path, message }, source, fileName),
  };
}

/** At most one problem a field, in the order of the file. */
function placed(problems: readonly PlacedProblem[], source: YamlSource, file: string): ConfigProblem[] {
  const byPath = new Map<string, ConfigProblem>();
  for (const problem of problems) {
    const one = problemAt(problem, source, file);
    if (!byPath.has(one.path)) byPath.set(one.path, one);
  }
  return [...byPath.values()].sort((one, other) => one.line - other.line || one.column - other.column);
}

function problemAt({ path, message }: PlacedProblem, source: YamlSource, file: string): ConfigProblem {
  return { file, ...source.placeOf(path), path: hideSecrets(formatPath(path)), message: hideSecrets(message) };
}

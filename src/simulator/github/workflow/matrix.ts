import { equals } from "@actions/expressions/result";
import { EvaluationError } from "./evaluate.ts";
import { toData, toText } from "./expression.ts";
import { property, type TemplateToken } from "./tokens.ts";
import { entriesOf, isList, isRecord, recordOf, type Value, type ValueRecord } from "./value.ts";

/** One combination of a matrix. */
export interface MatrixCombination {
  /** The `matrix` context. */
  readonly values: ValueRecord;
  /** The texts in parentheses behind the job's name. What `include` adds to an existing combination is not among them. */
  readonly labels: readonly string[];
}

/** GitHub starts no more jobs than this from one matrix. */
const combinationsMax = 256;

/**
 * The combinations of an evaluated `matrix`: the product of its lists (the first list turns slowest), less what `exclude`
 * matches, with what `include` adds to matching combinations, and a combination of its own for each `include` that matched
 * none.
 *
 * @throws {EvaluationError} the matrix is not one.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
 */
export function combinations(token: TemplateToken, matrix: Value): readonly MatrixCombination[] {
  const { vectors, include, exclude } = readMatrix(token, matrix);
  const filters = include.map((entry) => splitInclude(token, vectors, entry));
  checkExclude(token, vectors, exclude);
  const result: MatrixCombination[] = [];
  for (const combination of product(token, vectors)) {
    if (exclude.some((filter) => matches(filter, combination))) continue;
    const extra: (readonly [string, Value])[] = [];
    for (const filter of filters) {
      if (!matches(filter.keys, combination)) continue;
      filter.matched = true;
      extra.push(...filter.extra);
    }
    result.push({ values: recordOf([...entriesOf(combination), ...extra]), labels: leafTexts(combination) });
  }
  for (const { matched, keys, extra } of filters) {
    if (matched) continue;
    const values = recordOf([...entriesOf(keys), ...extra]);
    result.push({ values, labels: leafTexts(values) });
  }
  if (result.length > combinationsMax) {
    throw new EvaluationError(token, `Matrix defines ${result.length} jobs, more than the limit of ${combinationsMax}`);
  }
  return result;
}

interface ReadMatrix {
  readonly vectors: ReadonlyMap<string, readonly Value[]>;
  readonly include: readonly ValueRecord[];
  readonly exclude: readonly ValueRecord[];
}

function readMatrix(token: TemplateToken, matrix: Value): ReadMatrix {
  if (!isRecord(matrix)) throw new EvaluationError(token, unexpected(matrix));
  const vectors = new Map<string, readonly Value[]>();
  let include: readonly ValueRecord[] = [];
  let exclude: readonly ValueRecord[] = [];
  for (const [key, value] of entriesOf(matrix)) {
    const place = property(token, key) ?? token;
    if (key === "include") include = recordsOf(place, value);
    else if (key === "exclude") exclude = recordsOf(place, value);
    else if (!isList(value)) throw new EvaluationError(place, unexpected(value));
    else if (value.length === 0) throw new EvaluationError(place, `Matrix vector '${key}' does not contain any values`);
    else vectors.set(key, value);
  }
  if (vectors.size === 0 && include.length === 0) {
    throw new EvaluationError(token, "Matrix must define at least one vector");
  }
  return { vectors, include, exclude };
}

function recordsOf(token: TemplateToken, value: Value): readonly ValueRecord[] {
  if (!isList(value)) throw new EvaluationError(token, unexpected(value));
  return value.map((entry) => {
    if (!isRecord(entry)) throw new EvaluationError(token, unexpected(entry));
    return entry;
  });
}

function unexpected(value: Value): string {
  if (isList(value)) return "A sequence was not expected";
  return isRecord(value) ? "A mapping was not expected" : `Unexpected value '${toText(value)}'`;
}

function* product(token: TemplateToken, vectors: ReadonlyMap<string, readonly Value[]>): Generator<ValueRecord> {
  if (vectors.size === 0) return;
  const entries = [...vectors];
  const size = entries.reduce((count, [, values]) => count * values.length, 1);
  // What `exclude` takes away counts too here: this bounds the work, not the result.
  if (size > combinationsMax * combinationsMax) {
    throw new EvaluationError(token, `Matrix defines ${size} jobs, more than the limit of ${combinationsMax}`);
  }
  for (let index = 0; index < size; index += 1) {
    const combination: (readonly [string, Value])[] = [];
    let block = size;
    for (const [name, values] of entries) {
      block /= values.length;
      combination.push([name, values[Math.floor(index / block) % values.length] ?? null]);
    }
    yield recordOf(combination);
  }
}

interface IncludeFilter {
  readonly keys: ValueRecord;
  readonly extra: readonly (readonly [string, Value])[];
  matched: boolean;
}

/** Keys that the matrix has decide where the entry belongs; the others are what it brings along. */
function splitInclude(
  token: TemplateToken,
  vectors: ReadonlyMap<string, readonly Value[]>,
  entry: ValueRecord,
): IncludeFilter {
  const names = new Map([...vectors.keys()].map((name) => [name.toLowerCase(), name]));
  const keys: (readonly [string, Value])[] = [];
  const extra: (readonly [string, Value])[] = [];
  for (const [key, value] of entriesOf(entry)) {
    const name = names.get(key.toLowerCase());
    if (name === undefined) extra.push([key, value]);
    else keys.push([name, value]);
  }
  if (Object.keys(entry).length === 0) {
    throw new EvaluationError(
      property(token, "include") ?? token,
      "Matrix include mapping does not contain any values",
    );
  }
  return { keys: recordOf(keys), extra, matched: false };
}

function checkExclude(
  token: TemplateToken,
  vectors: ReadonlyMap<string, readonly Value[]>,
  exclude: readonly ValueRecord[],
): void {
  const names = new Set([...vectors.keys()].map((name) => name.toLowerCase()));
  for (const filter of exclude) {
    const keys = Object.keys(filter);
    const place = property(token, "exclude") ?? token;
    if (keys.length === 0) throw new EvaluationError(place, "Matrix exclude filter must not be empty");
    const unknown = keys.find((key) => !names.has(key.toLowerCase()));
    if (unknown !== undefined) {
      throw new EvaluationError(place, `Matrix exclude key '${unknown}' does not match any key within the matrix`);
    }
  }
}

/** Every leaf of the filter equals the value at the same place, compared as `==` compares. */
function matches(filter: Value, value: Value): boolean {
  if (isList(filter))
    return filter.every((entry, index) => matches(entry, isList(value) ? (value[index] ?? null) : null));
  if (isRecord(filter)) {
    return Object.entries(filter).every(([key, entry]) => matches(entry, valueAt(value, key)));
  }
  return equals(toData(value), toData(filter));
}

function valueAt(value: Value, key: string): Value {
  if (!isRecord(value)) return null;
  const lower = key.toLowerCase();
  const found = Object.keys(value).find((name) => name.toLowerCase() === lower);
  return found === undefined ? null : (value[found] ?? null);
}

function leafTexts(value: Value): readonly string[] {
  if (isList(value)) return value.flatMap(leafTexts);
  if (isRecord(value)) return entriesOf(value).flatMap(([, entry]) => leafTexts(entry));
  const text = value === null ? "" : toText(value);
  return text === "" ? [] : [text];
}

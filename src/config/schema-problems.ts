import type { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import { example, expectation, showValue } from "./expectation.ts";
import { alternatives, schemaAt, type SchemaNode } from "./json-schema.ts";
import type { PlacedProblem } from "./problem.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Zod's issues as problems in our words, one for each thing a reader must change. */
export function schemaProblems(issues: readonly Issue[], value: unknown): PlacedProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, issue.path, value));
}

function problemsOf(issue: Issue, path: Path, root: unknown): PlacedProblem[] {
  const value = valueAt(root, path);
  const node = schemaAt(path);
  for (let depth = 1; depth <= path.length; depth += 1) {
    const place = path.slice(0, depth);
    const message = notYetOf(schemaAt(place), valueAt(root, place));
    if (message !== undefined) return [{ path: place, message }];
  }
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key], key, path));
  if (issue.code === "invalid_key") {
    return [{ path, message: "not a usable name; write letters, digits and dashes, starting with a letter." }];
  }
  if (issue.code === "invalid_union") {
    const inner = nearestBranch(issue, path, node, value, root);
    if (inner !== undefined) return inner;
  }
  return [{ path, message: wrongValue(path, value, node, issue) }];
}

function wrongValue(path: Path, value: unknown, node: SchemaNode | undefined, issue: Issue): string {
  const wanted = node === undefined ? "another value" : expectation(node, value);
  const sample = node === undefined ? undefined : example(path.at(-1), node);
  // Only our own refinements bring a message that says more than what the schema expects.
  const reason = issue.code === "custom" && issue.message !== "" ? issue.message : undefined;
  const head = value === undefined ? `missing: ${wanted}` : `expected ${wanted}, got ${showValue(value, node)}`;
  const detail = reason === undefined || reason === "Invalid input" ? "" : ` (${reason})`;
  return `${head}${detail}.${sample === undefined ? "" : ` Example: ${sample}`}`;
}

function unknownKey(path: Path, key: string, parent: Path): PlacedProblem {
  const node = schemaAt(parent);
  const known = node === undefined ? [] : alternatives(node).flatMap((choice) => Object.keys(choice.properties ?? {}));
  if (known.includes(key)) {
    return {
      path,
      message: `${key} does not go together with the other keys here; keep ${[...new Set(known)].join(" or ")}.`,
    };
  }
  const guess = didYouMean(key, known);
  const rest = guess === undefined ? `Known here: ${[...new Set(known)].join(", ")}.` : `Did you mean ${guess}?`;
  return { path, message: `unknown key. ${rest}` };
}

/** The problems of the alternative that the reader most likely meant: the one that shares most keys with the value. */
function nearestBranch(
  issue: Extract<Issue, { code: "invalid_union" }>,
  path: Path,
  node: SchemaNode | undefined,
  value: unknown,
  root: unknown,
): PlacedProblem[] | undefined {
  if (node === undefined || issue.errors.length === 0) return undefined;
  const likeness = alternatives(node).map((choice) => {
    if (Array.isArray(value)) return choice.type === "array" ? 1 : 0;
    return isMap(value) ? Object.keys(choice.properties ?? {}).filter((key) => key in value).length : 0;
  });
  const most = Math.max(0, ...likeness);
  if (most === 0) return undefined;
  return issue.errors[likeness.indexOf(most)]?.flatMap((inner) => problemsOf(inner, [...path, ...inner.path], root));
}

/** What to say about a choice that only a later version will know. */
function notYetOf(node: SchemaNode | undefined, value: unknown): string | undefined {
  if (node === undefined || value === undefined) return undefined;
  if (typeof node.notYet === "string") return node.notYet;
  const words = isMap(value) ? [...Object.keys(value), value["kind"]] : [value];
  for (const choice of node.notYet === undefined ? alternatives(node) : [node]) {
    const notYet = choice.notYet;
    if (notYet === undefined || typeof notYet === "string") continue;
    for (const word of words) {
      if (typeof word === "string" && Object.hasOwn(notYet, word)) return notYet[word];
    }
  }
  return undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

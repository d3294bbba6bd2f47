import { data } from "@actions/expressions";
import { dictionary, GitHubNumber } from "./expression-data.ts";

/** Before a key, so that no key reads as a number: JavaScript puts such keys first, GitHub leaves all in their order. */
const keyMark = "k";
const stringsAndKeys = /"(?:[^"\\]|\\.)*"(\s*:)?/gu;

/**
 * What `fromJSON` makes of a text.
 *
 * @throws {Error} with the sentence that GitHub's runner logs, where the text is empty or starts with what no JSON starts with.
 */
export function readJson(text: string): data.ExpressionData {
  const start = text.trimStart();
  if (start === "") throw new Error("Error reading JToken from JsonReader. Path '', line 0, position 0.");
  if (!/^[-[{"'\dtfnNIu/]/u.test(start))
    throw new Error(`Unexpected character encountered while parsing value: ${start[0]}. Path '', line 0, position 0.`);
  try {
    JSON.parse(text); // What is no JSON must not become some by the marks.
  } catch (error) {
    throw new Error(`Error parsing JSON when evaluating fromJson: ${error instanceof Error ? error.message : ""}`, {
      cause: error,
    });
  }
  const marked = text.replaceAll(stringsAndKeys, (found, colon: string | undefined) =>
    colon === undefined ? found : `"${keyMark}${found.slice(1)}`,
  );
  return toData(JSON.parse(marked));
}

function toData(value: unknown): data.ExpressionData {
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new GitHubNumber(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  if (typeof value !== "object" || value === null) return new data.Null();
  return dictionary(Object.entries(value).map(([key, item]) => [key.slice(keyMark.length), toData(item)] as const));
}

/** What `toJSON` makes of a value: two spaces a level, keys in their order. */
export function writeJson(value: data.ExpressionData, indent = ""): string {
  const deeper = `${indent}  `;
  if (value instanceof data.Dictionary) {
    const entries = value.pairs().map((pair) => `${deeper}${quoted(pair.key)}: ${writeJson(pair.value, deeper)}`);
    return entries.length === 0 ? "{}" : `{\n${entries.join(",\n")}\n${indent}}`;
  }
  if (value instanceof data.Array) {
    const items = value.values().map((item) => `${deeper}${writeJson(item, deeper)}`);
    return items.length === 0 ? "[]" : `[\n${items.join(",\n")}\n${indent}]`;
  }
  if (value instanceof data.StringData) return quoted(value.value);
  return value instanceof data.Null ? "null" : value.coerceString();
}

/** GitHub's writer escapes these three line ends too, which JSON leaves alone. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u0085\u2028\u2029]/gu,
    (character) => String.raw`\u` + character.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

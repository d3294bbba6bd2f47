import { stringify } from "yaml";
import { alternatives, type SchemaNode } from "./json-schema.ts";
import { looksSecret } from "./hide-secrets.ts";

/** What a value must be, as the end of "expected ...". */
export function expectation(node: SchemaNode, value?: unknown): string {
  if (node.expects !== undefined) return node.expects;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((choice) => JSON.stringify(choice)).join(" or ");
  if (node.anyOf !== undefined || node.oneOf !== undefined) {
    return [...new Set(alternatives(node).map(expectation))].join(" or ");
  }
  switch (node.type) {
    case "integer":
      return `an integer${bounds(node, value)}`;
    case "number":
      return `a number${bounds(node, value)}`;
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
      return node.properties === undefined ? "a map" : `a map of ${Object.keys(node.properties).join(", ")}`;
    default:
      return value === "" ? "a text that is not empty" : "a text";
  }
}

function bounds(node: SchemaNode, value: unknown): string {
  // Zod writes the safe integers' own ends too; they tell a reader nothing. A far end is told to whoever went beyond it.
  const least = node.minimum !== undefined && node.minimum > Number.MIN_SAFE_INTEGER ? node.minimum : undefined;
  const { maximum = Number.MAX_SAFE_INTEGER } = node;
  const isBeyond = typeof value === "number" && value > maximum;
  const most = maximum < (isBeyond ? Number.MAX_SAFE_INTEGER : 100_000) ? maximum : undefined;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return ` of at least ${least}`;
  return most === undefined ? "" : ` of at most ${most}`;
}

/** A value as an error quotes it: short, in one line, and never a secret. */
export function showValue(value: unknown, node: SchemaNode | undefined): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty map" : "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  if (node?.secret === true || looksSecret(text)) return "a value that is not shown, because it may be a secret";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** An example in YAML's flow style, for example `max: 20`; undefined when the schema has none. */
export function example(key: PropertyKey | undefined, node: SchemaNode): string | undefined {
  const value = node.sample ?? node.examples?.[0] ?? node.const ?? node.enum?.[0] ?? node.default;
  if (value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0)) {
    return undefined;
  }
  return typeof key === "string" ? `${key}: ${flow(value)}` : flow(value);
}

/** YAML in flow style, on one line. */
function flow(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", flowCollectionPadding: true, lineWidth: 0 }).trim();
}

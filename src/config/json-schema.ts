import { z } from "zod";
import { configSchema } from "./config.ts";

/** The parts of JSON Schema that the configuration's schema uses, with keywords of our own. */
export interface SchemaNode {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | false;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  /** What a value must be, as the end of "expected ...". */
  readonly expects?: string;
  /** Choices that a later version will know, by the word users write; or what to say about the whole field. */
  readonly notYet?: string | Readonly<Record<string, string>>;
  /** An example where JSON Schema's own `examples` would have to be of the parsed kind. */
  readonly sample?: unknown;
  /** Values of the field are never shown. */
  readonly secret?: boolean;
}

const ownKeywords = new Set(["expects", "notYet", "sample", "secret"]);
let annotated: SchemaNode | undefined;

/** The schema with our own keywords: what error messages and the reference page are written from. */
export function annotatedSchema(): SchemaNode {
  annotated ??= z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  return annotated;
}

/** JSON Schema (draft 2020-12) of drover.yaml, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return withoutOwnKeywords(annotatedSchema()) as Record<string, unknown>;
}

function withoutOwnKeywords(value: unknown, isPropertyMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutOwnKeywords(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isPropertyMap || !ownKeywords.has(key))
      .map(([key, inner]) => [key, withoutOwnKeywords(inner, key === "properties" && !isPropertyMap)]),
  );
}

/** The alternatives of a node; the node itself when it has none. */
export function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf ?? node.oneOf ?? [node];
}

/** The node below `node` under a key or index, seen through alternatives; undefined where the schema knows none. */
export function below(node: SchemaNode, step: PropertyKey): SchemaNode | undefined {
  for (const choice of alternatives(node)) {
    const found =
      typeof step === "number"
        ? choice.items
        : (choice.properties?.[String(step)] ?? (choice.additionalProperties || undefined));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The node at a path from the root; undefined where the schema knows none. */
export function schemaAt(path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = annotatedSchema();
  for (const step of path) node = node === undefined ? undefined : below(node, step);
  return node;
}

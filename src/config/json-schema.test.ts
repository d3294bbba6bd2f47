import { expect, test } from "vitest";
import { configJsonSchema, schemaAt } from "./json-schema.ts";

test("the JSON schema refuses unknown keys and knows no keywords but JSON Schema's", () => {
  const schema = configJsonSchema();

  expect(schema["additionalProperties"]).toBe(false);
  expect(schema["required"]).toEqual(["pools"]);
  expect(JSON.stringify(schema)).not.toMatch(/"(?:expects|notYet|sample|secret)":/);
});

test("every field has a description, so that the reference page leaves nothing unsaid", () => {
  const missing: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== "object" || node === null) return;
    const { properties = {}, items, anyOf, oneOf, additionalProperties, description } = node as Record<string, never>;
    if (path !== "" && description === undefined && !path.endsWith("[]") && !path.endsWith("*")) missing.push(path);
    for (const [key, inner] of Object.entries(properties)) walk(inner, `${path}.${key}`);
    walk(items, `${path}[]`);
    walk(additionalProperties, `${path}.*`);
    for (const [index, choice] of [...((anyOf ?? oneOf ?? []) as unknown[])].entries())
      walk(choice, `${path}|${index}*`);
  };
  walk(configJsonSchema(), "");

  expect(missing).toEqual([]);
});

test("a path leads through alternatives, lists and maps to its field", () => {
  expect(schemaAt(["pools", 0, "size", "max"])?.type).toBe("integer");
  expect(schemaAt(["github", "credentials", "any", "app", "installationId"])?.type).toBe("integer");
  expect(schemaAt(["pools", 0, "nothing"])).toBeUndefined();
});

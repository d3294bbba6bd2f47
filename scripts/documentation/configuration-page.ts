import { annotatedSchema, type SchemaNode } from "../../src/config/json-schema.ts";
import { expectation } from "../../src/config/expectation.ts";
import { stringify } from "yaml";
import { generatedNote } from "./generated-note.ts";

/** docs/reference/configuration.md, from the schema that parses drover.yaml. */
export function configurationPage(): string {
  const root = annotatedSchema();
  const rows = fieldsOf(root, "").map(
    ({ path, node, required }) =>
      `| \`${path}\` | ${cell(node.description ?? "")} | ${cell(kind(node))} | ${required ? "**required**" : code(node.default)} | ${code(node.sample ?? node.examples?.[0])} |`,
  );
  return `${generatedNote("the schema in src/config")}
# drover.yaml

One YAML file says what Drover keeps running. Unknown keys are errors, and every error is reported at once with its place:
\`drover.yaml:14:7 pools[0].size.max: expected an integer of at least 0, got "many". Example: max: 20\`. \`drover config check\`
looks at a file without starting anything, \`drover config show\` prints it with every default filled in, and
\`drover config schema\` prints a JSON schema for editors.

- Durations are one number and one unit: \`30s\`, \`5m\`, \`6h\`, \`1d\`. Sizes are \`512Mi\` or \`2Gi\`.
- Secrets are references, never values: \`{ env: NAME }\` or \`{ file: PATH }\`.
- Relative paths start from the file's own folder.

The smallest file:

\`\`\`yaml
github:
  credentials:
    main: { token: { env: GITHUB_TOKEN } }
pools:
  - name: linux-x64
    scope: acme/widgets
runner: { dir: /opt/actions-runner }
\`\`\`

| field | meaning | value | default | example |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

interface Field {
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

function fieldsOf(node: SchemaNode, path: string): Field[] {
  const fields: Field[] = [];
  for (const [key, inner] of Object.entries(node.properties ?? {})) {
    const place = path === "" ? key : `${path}.${key}`;
    // In one of several alternatives a key is required only once that alternative is chosen.
    const required = node.required?.includes(key) === true && !isChoice(node);
    fields.push({ path: place, node: inner, required }, ...fieldsOf(inner, place));
  }
  if (node.items !== undefined) fields.push(...fieldsOf(node.items, `${path}[]`));
  if (typeof node.additionalProperties === "object") {
    fields.push({ path: `${path}.NAME`, node: node.additionalProperties, required: false });
    fields.push(...fieldsOf(node.additionalProperties, `${path}.NAME`));
  }
  for (const choice of node.anyOf ?? node.oneOf ?? []) {
    fields.push(...fieldsOf({ ...choice, required: [] }, path));
  }
  return fields.filter(({ path: place }, index) => fields.findIndex((other) => other.path === place) === index);
}

function isChoice(node: SchemaNode): boolean {
  return node.required === undefined;
}

function kind(node: SchemaNode): string {
  const isContainer = node.expects === undefined && (node.properties !== undefined || node.type === "object");
  if (isContainer) return "a map";
  if (node.expects === undefined && node.oneOf !== undefined) return "a map";
  return expectation(node);
}

function code(value: unknown): string {
  if (value === undefined) return "";
  const text = stringify(value, { collectionStyle: "flow", flowCollectionPadding: true, lineWidth: 0 }).trim();
  return text === "{}" || text === "[]" ? "" : `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

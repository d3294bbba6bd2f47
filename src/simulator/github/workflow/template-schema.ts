import { createRequire, findPackageJSON } from "node:module";
import { JSONObjectReader } from "@actions/workflow-parser/templates/json-object-reader";
import { TemplateSchema } from "@actions/workflow-parser/templates/schema/template-schema";

// The package's own entry imports these files as JSON modules without an import attribute, which Node refuses. So its parts
// are imported one by one, and the two JSON files are read through `require`, which reads JSON everywhere: from source,
// from dist and under the test runner.
const packageJson = findPackageJSON("@actions/workflow-parser", import.meta.url);
const loaded = new Map<string, TemplateSchema>();

/** GitHub's own description of workflow files or of action files, loaded once. */
export function templateSchema(kind: "workflow" | "action"): TemplateSchema {
  let schema = loaded.get(kind);
  if (schema === undefined) {
    if (packageJson === undefined) {
      throw new Error(
        "The package @actions/workflow-parser is not installed, so no workflow file can be read. Run `npm ci`.",
      );
    }
    const json: unknown = createRequire(packageJson)(`./dist/${kind}-v1.0.min.json`);
    schema = TemplateSchema.load(new JSONObjectReader(undefined, JSON.stringify(json)));
    loaded.set(kind, schema);
  }
  return schema;
}

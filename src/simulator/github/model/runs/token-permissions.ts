import { literalText, MappingToken, type TemplateToken } from "../../workflow/tokens.ts";

const scopes = [
  "actions",
  "attestations",
  "checks",
  "contents",
  "deployments",
  "discussions",
  "issues",
  "packages",
  "pages",
  "pull-requests",
  "repository-projects",
  "security-events",
  "statuses",
];

/**
 * What `GITHUB_TOKEN` may do, as the runner prints it under "Set up job". Without `permissions` it is the restricted
 * default; with it, every scope that is not named is none.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
 */
export function tokenPermissions(permissions: TemplateToken | undefined): Readonly<Record<string, string>> {
  if (permissions === undefined) return { Contents: "read", Metadata: "read", Packages: "read" };
  const granted = new Map<string, string>([["Metadata", "read"]]);
  if (permissions instanceof MappingToken) {
    for (const { key, value } of permissions) {
      const level = literalText(value) ?? "none";
      if (level !== "none") granted.set(pascalCase(key.toString()), level);
    }
  } else {
    const level = literalText(permissions) === "write-all" ? "write" : "read";
    for (const scope of scopes) granted.set(pascalCase(scope), level);
  }
  return Object.fromEntries([...granted].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function pascalCase(scope: string): string {
  return scope.replaceAll(/(?:^|-)(\w)/gu, (_match, letter: string) => letter.toUpperCase());
}

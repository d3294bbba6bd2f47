/** What a scale set or runner is registered at. Names keep the spelling they were first written with. */
export type Scope =
  | { readonly kind: "repository"; readonly owner: string; readonly repository: string }
  | { readonly kind: "organization"; readonly owner: string }
  | { readonly kind: "enterprise"; readonly enterprise: string };

/** One key per scope, whatever the spelling of its names. */
export function scopeKey(scope: Scope): string {
  switch (scope.kind) {
    case "repository":
      return `repos/${scope.owner}/${scope.repository}`.toLowerCase();
    case "organization":
      return `orgs/${scope.owner}`.toLowerCase();
    case "enterprise":
      return `enterprises/${scope.enterprise}`.toLowerCase();
    default:
      return scope satisfies never;
  }
}

/** The scope that a configuration URL names, or undefined when it names none. */
export function scopeOfConfigUrl(configUrl: string): Scope | undefined {
  const pathname = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+([^?#]*)/i.exec(configUrl.replace(/^\/+|\/+$/g, ""))?.[1];
  if (pathname === undefined) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const segments = decoded.replace(/^\/+|\/+$/g, "").split("/");
  const [first, second] = segments;
  if (first === undefined || first === "" || segments.length > 2) return undefined;
  if (second === undefined) return { kind: "organization", owner: first };
  if (second === "") return undefined;
  if (first.toLowerCase() === "enterprises") return { kind: "enterprise", enterprise: second };
  return { kind: "repository", owner: first, repository: second };
}

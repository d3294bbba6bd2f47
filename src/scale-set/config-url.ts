import { encodePathSegment } from "./path-segment.ts";

/** Where runners are registered: an organization, one of its repositories, or an enterprise. */
export type ConfigScope =
  | { readonly kind: "organization"; readonly organization: string }
  | { readonly kind: "repository"; readonly owner: string; readonly repository: string }
  | { readonly kind: "enterprise"; readonly enterprise: string };

/** A configuration URL such as `https://github.com/acme/widgets`, taken apart. */
export interface ConfigUrl {
  /** As given, without leading and trailing slashes; this is what the service is told. */
  readonly text: string;
  readonly scope: ConfigScope;
  /** github.com or GHE.com; anything else is a GitHub Enterprise Server. */
  readonly hosted: boolean;
  /** Base of GitHub's REST API, without a trailing slash. */
  readonly restBase: string;
}

export class ConfigUrlError extends Error {
  override readonly name = "ConfigUrlError";
  readonly code = "SCALE_SET_CONFIG_URL";

  constructor(text: string, reason: string) {
    super(`"${text}": invalid config URL, should point to an enterprise, org, or repository${reason}`);
  }
}

/**
 * Takes a configuration URL apart. The host keeps its case and its port, which the URL class would change: both decide
 * whether the host is GitHub's own.
 *
 * @param options.forceGhes treat every host as a GitHub Enterprise Server; see `forcesGhes`.
 * @throws {ConfigUrlError} not an absolute http(s) URL of one or two path segments, or one with user name or password.
 */
export function parseConfigUrl(input: string, options: { readonly forceGhes?: boolean } = {}): ConfigUrl {
  const text = input.replace(/^\/+|\/+$/g, "");
  const match = /^(https?):\/\/([^/?#]+)([^?#]*)/i.exec(text);
  const [, scheme = "", host = "", rawPath = ""] = match ?? [];
  // The text may hold a password, so a URL with user information is refused without being quoted.
  if (host.includes("@")) throw new ConfigUrlError("(hidden)", ": remove the user name and password from it");
  if (match === null || !URL.canParse(text)) throw new ConfigUrlError(text, ", for example https://github.com/acme");
  const hosted = !(options.forceGhes ?? false) && isHosted(host);
  return { text, scope: parseScope(text, rawPath), hosted, restBase: restBase(scheme.toLowerCase(), host, hosted) };
}

/** Whether the environment asks for GitHub Enterprise Server rules: the variable exists, even when it is empty. */
export function forcesGhes(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment["GITHUB_ACTIONS_FORCE_GHES"] !== undefined;
}

/** REST path of the scope, for example `/orgs/acme`. */
export function scopePath(scope: ConfigScope): string {
  switch (scope.kind) {
    case "organization":
      return `/orgs/${encodePathSegment(scope.organization)}`;
    case "repository":
      return `/repos/${encodePathSegment(scope.owner)}/${encodePathSegment(scope.repository)}`;
    case "enterprise":
      return `/enterprises/${encodePathSegment(scope.enterprise)}`;
    default:
      return scope satisfies never;
  }
}

function parseScope(text: string, rawPath: string): ConfigScope {
  const [first = "", second, ...rest] = decodePath(text, rawPath)
    .replace(/^\/+|\/+$/g, "")
    .split("/");
  if (first === "" || rest.length > 0) throw new ConfigUrlError(text, "");
  if (second === undefined) return { kind: "organization", organization: first };
  if (first.toLowerCase() === "enterprises") return { kind: "enterprise", enterprise: second };
  return { kind: "repository", owner: first, repository: second };
}

// An escaped slash separates too: the path is decoded before it is split.
function decodePath(text: string, rawPath: string): string {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    throw new ConfigUrlError(text, ": its path has a broken percent escape");
  }
}

function isHosted(host: string): boolean {
  return /^(www\.)?github\.com$|^github\.localhost$/i.test(host) || host.endsWith(".ghe.com");
}

function restBase(scheme: string, host: string, hosted: boolean): string {
  if (!hosted) return `${scheme}://${host}/api/v3`;
  return host.toLowerCase() === "www.github.com" ? `${scheme}://api.github.com` : `${scheme}://api.${host}`;
}

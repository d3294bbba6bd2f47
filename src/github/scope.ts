import { parseConfigUrl, scopePath, type ConfigUrl } from "../scale-set/config-url.ts";

/** Where a pool's runners are registered, in every form that a part of Drover needs. */
export interface Scope {
  /** As written in the configuration: `acme`, `acme/widgets` or `enterprises/acme`. */
  readonly text: string;
  readonly configUrl: ConfigUrl;
  /** Base of GitHub's REST API, without a trailing slash. */
  readonly restBase: string;
  /** Path of the scope below the base, for example `/orgs/acme`. */
  readonly restPath: string;
}

/**
 * Joins the server's address and a scope as written in the configuration.
 *
 * @param githubUrl for example `https://github.com` or `https://ghes.example.com`.
 * @param options.forceGhes treat the server as a GitHub Enterprise Server whatever its name.
 * @throws {ConfigUrlError} the two make no configuration URL of one or two path segments.
 */
export function resolveScope(githubUrl: string, text: string, options: { readonly forceGhes?: boolean } = {}): Scope {
  const configUrl = parseConfigUrl(`${githubUrl.replace(/\/+$/, "")}/${text.replace(/^\/+/, "")}`, options);
  return { text, configUrl, restBase: configUrl.restBase, restPath: scopePath(configUrl.scope) };
}

import type { RestClient } from "./rest-client.ts";
import type { Scope } from "./scope.ts";

/**
 * Tries the credential at its scope with the cheapest call that needs the right to see runners.
 *
 * @throws {CredentialRefusedError} wrong, revoked or expired.
 * @throws {PermissionError} the message names what is missing.
 * @throws {NotFoundError} no such scope, or not visible to this credential.
 */
export async function checkCredential(
  rest: RestClient,
  scope: Scope,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  await rest.call({ method: "GET", path: `${scope.restPath}/actions/runners?per_page=1` }, options);
}

import { forSetting, resolveSecret, type Config, type SecretReference } from "../config/index.ts";
import type { UsableCredential } from "../github/access.ts";
import type { StartOptions } from "./start-options.ts";

/**
 * The secrets behind the configured credentials, by name.
 *
 * @throws {SettingError} one cannot be read.
 */
export async function readCredentials({
  config,
  environment,
  log,
}: StartOptions): Promise<Record<string, UsableCredential>> {
  const read = async (path: readonly string[], reference: SecretReference) => {
    const { value, advice } = await forSetting(path, () => resolveSecret(reference, environment));
    if (advice !== undefined) log.warn({ advice }, "secret is readable by others");
    // A file may be replaced while Drover runs; its environment stays what it was.
    const reread = async () => (await resolveSecret(reference, environment)).value;
    return { value, again: reference.kind === "file" ? { reread } : {} };
  };
  const entries = Object.entries(config.github.credentials).map(async ([name, credential]) => {
    const path = ["github", "credentials", name];
    if (credential.kind === "token") {
      const { value, again } = await read([...path, "token"], credential.token);
      return [name, { kind: "token", token: value, ...again }] as const;
    }
    const { clientId, installationId } = credential;
    const { value, again } = await read([...path, "app", "privateKey"], credential.privateKey);
    const where = installationId === undefined ? {} : { installationId };
    return [name, { kind: "app", clientId, privateKey: value, ...where, ...again }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The files that no job may read. */
export function secretFiles(config: Config): readonly string[] {
  const references = Object.values(config.github.credentials).map((credential) =>
    credential.kind === "token" ? credential.token : credential.privateKey,
  );
  return [...references, config.server.token].flatMap((reference) =>
    reference.kind === "file" ? [reference.path] : [],
  );
}

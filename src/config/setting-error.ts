import type { DroverError } from "../core/ports/errors.ts";

/**
 * What a setting asks for cannot be had on this machine or in this environment, so Drover does not start. The message is that of the
 * cause, which speaks to the operator.
 */
export class SettingError extends Error {
  override readonly name = "SettingError";
  /** The cause's own code. */
  readonly code: string | undefined;
  /** Whether starting again may help before anybody changes the setting. */
  readonly retryable: boolean;
  /** Where the setting stands in drover.yaml, written or not. */
  readonly path: readonly PropertyKey[];

  constructor(path: readonly PropertyKey[], cause: Error & Partial<Pick<DroverError, "code" | "retryable">>) {
    super(cause.message, { cause });
    this.path = path;
    this.code = cause.code;
    this.retryable = cause.retryable === true;
  }
}

/**
 * Does what a setting asks for.
 *
 * @throws {SettingError} whatever went wrong, with the setting that is behind it.
 */
export async function forSetting<T>(path: readonly PropertyKey[], work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error ? new SettingError(path, error) : error;
  }
}

import { DroverError } from "../../core/ports/errors.ts";

/** What the configuration asks of this machine, it cannot give. Drover does not start with such a provider. */
export class ProcessSetupError extends DroverError {
  override readonly name = "ProcessSetupError";
  readonly code = "DROVER_PROCESS_SETUP";
  readonly retryable = false;
  /** The setting that cannot be had: a member of the provider, or the `runner` that all providers share. */
  readonly setting: "workRoot" | "user" | "limits.cpu" | "limits.memory" | "runner";

  constructor(message: string, options: { readonly setting: ProcessSetupError["setting"]; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.setting = options.setting;
  }
}

/** Something of an instance could not be ended or removed; `listOwned` goes on showing it, and Drover asks again. */
export class StopError extends DroverError {
  override readonly name = "StopError";
  readonly code = "DROVER_PROVIDER_STOP";
  readonly retryable = true;
}

/** The runner's archive could not be downloaded, verified or unpacked; nothing of it is used. */
export class RunnerSoftwareError extends DroverError {
  override readonly name = "RunnerSoftwareError";
  readonly code = "DROVER_RUNNER_SOFTWARE";
  readonly retryable: boolean;

  constructor(message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
  }
}

/** The system's error code, for example `ENOENT`; undefined for everything that is no system error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

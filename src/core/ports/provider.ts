/** What lets an instance become a registration at GitHub. A secret: never logged, never in an argument vector. */
export interface Credential {
  readonly kind: "jit-config";
  /** Base64 as GitHub hands it out. */
  readonly encodedJitConfig: string;
}

export interface LaunchSpec {
  readonly installation: string;
  readonly pool: string;
  /** The runner's name: its identity, at GitHub and here. One per attempt, never reused. */
  readonly runner: string;
  readonly credential: Credential;
}

/** How an instance's own process came to its end. */
export interface InstanceEnd {
  readonly endedAtMs: number;
  /** Null when it died of a signal or the code is not to be had. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines of its output, oldest first, at most 20 lines of 400 characters. */
  readonly lastLines: readonly string[];
}

/** One thing at a provider that Drover made: the instance fact of a runner. */
export type Instance =
  | (InstanceIdentity & { readonly phase: "starting" | "running" })
  | (InstanceIdentity & { readonly phase: "ended"; readonly end: InstanceEnd });

export interface InstanceIdentity {
  readonly installation: string;
  readonly pool: string;
  readonly runner: string;
  readonly launchedAtMs: number;
}

interface CallOptions {
  readonly signal: AbortSignal;
}

/** Where instances live. Implemented at the edge; the core never learns which one it holds. */
export interface Provider {
  /** The name given in the configuration, for example `host`. */
  readonly name: string;
  /**
   * Asks for one instance. A second call with the same `spec.runner` starts nothing new. Resolves when the request is
   * accepted, often before the instance runs; `listOwned` is the only truth.
   *
   * @throws {CapacityError} no room now; the demand stays and Drover asks again.
   * @throws {LaunchError} this attempt failed and nothing of it is left that `listOwned` does not show.
   * @throws the signal's reason when `signal` fires; the instance may still appear in `listOwned`.
   */
  launch(spec: LaunchSpec, options: CallOptions): Promise<void>;
  /**
   * Ends the instance if it still lives and removes every trace of it: processes, files, machine. One that is gone, or
   * never was, is success. Resolves when nothing is left or the removal is accepted; `listOwned` tells.
   */
  stop(runner: string, options: CallOptions): Promise<void>;
  /**
   * Everything the installation owns here, forgotten pools and ended instances included, or a rejection: a partial list
   * would read as "the rest is gone".
   */
  listOwned(installation: string, options: CallOptions): Promise<readonly Instance[]>;
  /** The last `maxBytes` of the instance's output; undefined when there is no such instance. */
  readLog(runner: string, options: CallOptions & { readonly maxBytes: number }): Promise<string | undefined>;
  /** Calls `onChange` when something may have changed. A hint only: it may be late, doubled or never come. */
  watch(onChange: () => void): { close(): void };
}

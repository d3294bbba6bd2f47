import type { Credential } from "./provider.ts";

/** One registration at GitHub: the second fact of a runner. */
export interface Registration {
  readonly id: number;
  readonly runner: string;
  readonly online: boolean;
  /** One witness, never the judge: GitHub reports it late and sometimes wrongly (platform faults F1, F2). */
  readonly busy: boolean;
}

/** A complete list, perhaps one that another pool of the same scope asked for moments ago. */
export interface RegistryList {
  /** What happened later is not in it. */
  readonly beganAtMs: number;
  readonly registrations: readonly Registration[];
}

interface CallOptions {
  readonly signal: AbortSignal;
}

/** The registrations of one pool at GitHub. */
export interface RunnerRegistry {
  /**
   * Registers the name and returns what lets one instance become it. Not idempotent.
   *
   * @throws {RunnerNameTakenError} the name is registered already, perhaps by our own call whose answer was lost.
   */
  register(runner: string, options: CallOptions): Promise<{ readonly id: number; readonly credential: Credential }>;
  /**
   * Takes the registration away if no job runs on it. `gone` also when it was never there; `job-running` is GitHub's refusal,
   * which protects the job.
   */
  deregister(runner: string, options: CallOptions): Promise<"gone" | "job-running">;
  /** Whether the name is registered, asked for by name: stronger than its absence from a list (F17). */
  exists(runner: string, options: CallOptions): Promise<boolean>;
  /** Every registration of this pool, forgotten incarnations included, or a rejection. */
  list(options: CallOptions): Promise<RegistryList>;
}

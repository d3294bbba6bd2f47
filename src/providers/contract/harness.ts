import type { Provider } from "../../core/ports/provider.ts";

/**
 * One backend under test, with the hands of a runner and of time. A provider of real things waits for them; a model's harness moves
 * its virtual clock.
 */
export interface ProviderHarness {
  readonly provider: Provider;
  /** A new provider object over the same backend: what Drover holds after it was killed and started again. */
  reopen(): Promise<Provider>;
  /** The instance's own program prints the lines and exits. Called when the instance runs. */
  finish(runner: string, end: { readonly exitCode: number; readonly lines: readonly string[] }): Promise<void>;
  /** Lets time pass until the condition holds; rejects when it does not within a bound. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** What of the runner is left at the backend, provider or not: processes, files, machines. Empty when nothing is. */
  traces(runner: string): Promise<readonly string[]>;
  /** Makes complete lists impossible until the returned function is called. Absent where nothing can do that. */
  breakLists?(): Promise<() => Promise<void>>;
  /** Makes the backend full until the returned function is called. Absent where nothing can do that. */
  fill?(): Promise<() => Promise<void>>;
  /** How often the runner's program was started, whatever became of it. */
  starts(runner: string): Promise<number>;
  close(): Promise<void>;
}

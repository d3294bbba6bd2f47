import type { Config } from "../config/index.ts";
import type { Logger } from "../telemetry/logger.ts";

/** What the program is started with. */
export interface StartOptions {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly version: string;
  /** The command that starts this program, for the minimal runner: node and its script. */
  readonly ownCommand: readonly string[];
}

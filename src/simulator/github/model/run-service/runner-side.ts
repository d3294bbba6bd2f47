import type { JobDesk, JobReport } from "../broker/job-desk.ts";
import {
  RunnerSessions,
  type RunnerPollSettled,
  type RunnerSessionLimits,
  type SessionTime,
} from "../broker/runner-sessions.ts";
import type { Effect } from "../effect.ts";
import { authorizationUrl, encodeJitConfig } from "../jit/jit-config.ts";
import type { RsaPrivateJwk } from "../jit/rsa-parameters.ts";
import { RunnerCredentials } from "../oauth/runner-credentials.ts";
import { jobLog } from "../results/job-log.ts";
import { LiveConsole } from "../results/live-console.ts";
import { LogBlobs, type BlobLimits } from "../results/log-blobs.ts";
import { StepBook, type StepUpdate } from "../results/step-progress.ts";
import type { ModelRandom } from "../time-and-chance.ts";
import { JobExecutions, type Execution } from "./job-executions.ts";

/**
 * Everything a runner talks to: its credentials, its session, its job and its logs. The queue behind it is the job desk;
 * `observe` must see each of the model's effects, in order, before the next command.
 */
export class RunnerSide {
  readonly credentials: RunnerCredentials;
  readonly sessions: RunnerSessions;
  readonly executions: JobExecutions;
  readonly blobs: LogBlobs;
  readonly steps = new StepBook();
  readonly console: LiveConsole;
  readonly #desk: JobDesk;

  constructor(options: {
    readonly time: SessionTime;
    readonly random: ModelRandom;
    readonly desk: JobDesk;
    readonly emit: (effect: RunnerPollSettled) => void;
    readonly sessionLimits?: Partial<RunnerSessionLimits>;
    readonly blobLimits?: Partial<BlobLimits>;
  }) {
    const { time: clock, random, desk } = options;
    this.#desk = desk;
    this.credentials = new RunnerCredentials({ clock, random });
    this.sessions = new RunnerSessions({
      time: options.time,
      random,
      desk,
      emit: options.emit,
      onRunnerOver: (runnerId) => this.credentials.revoke(runnerId),
      ...(options.sessionLimits === undefined ? {} : { limits: options.sessionLimits }),
    });
    this.executions = new JobExecutions({ clock, random, desk });
    this.blobs = new LogBlobs({ random, ...(options.blobLimits === undefined ? {} : { limits: options.blobLimits }) });
    this.console = new LiveConsole(clock);
  }

  /** Gives a registered runner its key; the answer is what `encodedJITConfig` carries, a secret. */
  issueJitConfig(runner: {
    readonly runnerId: number;
    readonly runnerName: string;
    readonly clientId: string;
    readonly key: RsaPrivateJwk;
    readonly origin: string;
    readonly gitHubUrl: string;
    readonly workFolder: string;
  }): string {
    const encoded = encodeJitConfig(runner);
    this.credentials.add({
      runnerId: runner.runnerId,
      clientId: runner.clientId,
      key: { n: runner.key.n, e: runner.key.e },
      audience: authorizationUrl(runner.origin),
    });
    return encoded;
  }

  /** What a runner tells of its job's steps while it works. */
  stepsReported(jobId: string, changeOrder: number, updates: readonly StepUpdate[]): void {
    this.steps.update(jobId, changeOrder, updates);
    this.#desk.stepsChanged(jobId, this.steps.steps(jobId));
  }

  /**
   * The report of `completejob`. The runner's grace begins before its registration goes, so that no poll in between reads
   * "gone"; a runner that stays registered (it is not ephemeral) just goes on.
   */
  complete(execution: Execution, report: JobReport): void {
    const { runnerId } = execution;
    if (this.#desk.isRegistered(runnerId)) this.sessions.leave(runnerId);
    this.executions.complete(execution, report);
    if (this.#desk.isRegistered(runnerId)) this.sessions.stay(runnerId);
  }

  /** Follows what the queue decided. */
  observe(effect: Effect): void {
    switch (effect.kind) {
      case "job-offered":
      case "cancel-requested":
        this.sessions.look(effect.runnerId);
        return;
      case "offer-withdrawn":
        this.sessions.withdrawn(effect.runnerId, effect.jobId);
        return;
      case "runner-gone":
        this.sessions.registrationGone(effect.runnerId);
        return;
      default:
        // Every other effect concerns somebody else.
        return;
    }
  }

  /** The log of a job as text; undefined when nothing arrived. */
  log(jobId: string): string | undefined {
    return jobLog(jobId.toLowerCase(), { blobs: this.blobs, steps: this.steps, console: this.console });
  }
}

import { signHs256 } from "../json-web-token.ts";
import { randomGuid, randomHex, type ModelClock, type ModelRandom } from "../time-and-chance.ts";
import type { JobDesk, JobReport } from "../broker/job-desk.ts";

/** One runner's hold on one job, from `acquirejob` on. */
export interface Execution {
  readonly jobId: string;
  readonly planId: string;
  readonly runnerId: number;
  /** What the runner proves itself with for this job, and only for this job. */
  readonly jobToken: string;
  /** The job message as text: a repeated acquire gets the same bytes. */
  readonly message: string;
}

export type AcquireAnswer =
  { readonly kind: "acquired"; readonly execution: Execution } | { readonly kind: "not-found" | "taken-by-another" };

/** Where the runner reaches the services that the job message names. */
export interface ServiceAddresses {
  /** Ends in a slash. */
  readonly serviceBase: string;
  readonly feedUrl: string;
}

/** Executions that are remembered, so that late log uploads and repeated completions still find theirs. */
const executionsMax = 4_000;
const jobTokenLifeMs = 24 * 3_600_000;
const firstLeaseMs = 10 * 60_000;

/** The run service: hands job messages to the runners that the desk chose, and takes their reports. */
export class JobExecutions {
  readonly #clock: ModelClock;
  readonly #random: ModelRandom;
  readonly #desk: JobDesk;
  readonly #tokenSecret: string;
  readonly #byJob = new Map<string, Execution>();
  readonly #byToken = new Map<string, Execution>();

  constructor(options: { readonly clock: ModelClock; readonly random: ModelRandom; readonly desk: JobDesk }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#desk = options.desk;
    this.#tokenSecret = randomHex(options.random, 64);
  }

  /** A repetition by the same runner, after a lost answer, gets the same message again. */
  acquire(runnerId: number, jobId: string, at: ServiceAddresses): AcquireAnswer {
    const taken = this.#desk.takeJob(runnerId, jobId.toLowerCase());
    if (taken !== "taken") return { kind: taken };
    const known = this.#byJob.get(jobId.toLowerCase());
    if (known?.runnerId === runnerId) return { kind: "acquired", execution: known };
    const execution = this.#begin(runnerId, jobId.toLowerCase(), at);
    return execution === undefined ? { kind: "not-found" } : { kind: "acquired", execution };
  }

  /** @returns end of the lease in milliseconds since the epoch; undefined when the job is over or another runner's now. */
  renew(execution: Execution): number | undefined {
    if (this.#byJob.get(execution.jobId) !== execution) return undefined;
    return this.#desk.renewJob(execution.jobId);
  }

  /** Takes the runner's report. The desk keeps the first end of a job, so a repetition or a late report changes nothing. */
  complete(execution: Execution, report: JobReport): void {
    if (this.#byJob.get(execution.jobId) === execution) this.#desk.completeJob(execution.jobId, report);
  }

  /** The execution a job token stands for; finished ones too. */
  ofToken(token: string): Execution | undefined {
    return this.#byToken.get(token);
  }

  ofJob(jobId: string): Execution | undefined {
    return this.#byJob.get(jobId.toLowerCase());
  }

  #begin(runnerId: number, jobId: string, at: ServiceAddresses): Execution | undefined {
    const nowMs = this.#clock.nowMs();
    const planId = this.#desk.planId(jobId) ?? randomGuid(this.#random);
    const claims = {
      iat: Math.floor(nowMs / 1000),
      exp: Math.floor((nowMs + jobTokenLifeMs) / 1000),
      jti: randomGuid(this.#random),
      orch_id: planId,
      scp: `Actions.Results:${planId}:${jobId}`,
    };
    const jobToken = signHs256(claims, this.#tokenSecret);
    const message = this.#desk.jobMessage(jobId, {
      ...at,
      jobToken,
      planId,
      gitHubToken: `ghs_${randomHex(this.#random, 36)}`,
      lockedUntilMs: this.#desk.renewJob(jobId) ?? nowMs + firstLeaseMs,
    });
    if (message === undefined) return undefined;
    const execution = { jobId, planId, runnerId, jobToken, message: JSON.stringify(message) };
    this.#byJob.delete(jobId);
    this.#byJob.set(jobId, execution);
    this.#byToken.set(jobToken, execution);
    this.#forgetOldest();
    return execution;
  }

  #forgetOldest(): void {
    for (const [token, execution] of this.#byToken) {
      if (this.#byToken.size <= executionsMax) return;
      this.#byToken.delete(token);
      if (this.#byJob.get(execution.jobId) === execution) this.#byJob.delete(execution.jobId);
    }
  }
}

import type { GitHubModel } from "../../simulator/github/model/github-model.ts";
import type { Effect } from "../../simulator/github/model/effect.ts";
import { Refusal } from "../../simulator/github/model/refusal.ts";
import type { InstanceLife, ModelInstance, ProviderModel } from "../ports/provider-model.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { SeededRandom } from "../time/seeded-random.ts";

/** What may befall a runner, drawn at each turn of its life. */
export interface RunnerFates {
  bootFails(): boolean;
  bootNeverEnds(): boolean;
  diesIdle(): boolean;
  diesAtWork(): boolean;
  /** GitHub loses the registration, and the runner does not hear of it. */
  registrationForgotten(): boolean;
}

/** What the world's rules want to hear. */
export interface LifeRules {
  launched(instance: ModelInstance): void;
  /** Drover stops an instance while GitHub says that a job runs on it. */
  stoppedAtWork(instance: ModelInstance, jobId: string): void;
  /** How long a job may run on the instance before Drover ends it. */
  jobDeadlineMs(instance: ModelInstance): number;
  /** Drover stops a living instance that GitHub may still give a job. */
  stoppedBeforeDeregistered(instance: ModelInstance): void;
  /** Drover stops an instance that has been waiting for its first job for so long. */
  stoppedWithinGrace(instance: ModelInstance, idleMs: number): void;
}

interface Life {
  readonly instance: ModelInstance;
  readonly provider: ProviderModel;
  readonly runnerId: number | undefined;
  jobId: string | undefined;
  startedAtMs: number | undefined;
  /** Set while it waits for its first job, as far as GitHub knows it. */
  waitsSinceMs: number | undefined;
  ended: boolean;
  deaf: boolean;
}

const renewMs = 240_000;
const noticeMs = 15_000;

/** The lives of all runners of the world: they boot, connect, take one job, finish it and leave, as the official runner does. */
export class RunnerLives {
  readonly #model: GitHubModel;
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #fates: RunnerFates;
  readonly #rules: LifeRules;
  readonly #durationMs: (jobId: string) => number;
  readonly #byRunner = new Map<number, Life>();
  readonly #byInstance = new Map<ModelInstance, Life>();
  readonly #diedAtWork = new Set<string>();

  constructor(options: {
    readonly model: GitHubModel;
    readonly scheduler: Scheduler;
    readonly random: SeededRandom;
    readonly fates: RunnerFates;
    readonly rules: LifeRules;
    readonly durationMs: (jobId: string) => number;
  }) {
    this.#model = options.model;
    this.#scheduler = options.scheduler;
    this.#random = options.random;
    this.#fates = options.fates;
    this.#rules = options.rules;
    this.#durationMs = options.durationMs;
    this.#model.subscribe((effect) => this.#hear(effect));
  }

  /** The job that truly runs on this instance now. */
  jobOn(instance: ModelInstance): string | undefined {
    return this.#byInstance.get(instance)?.jobId;
  }

  /** Whether a runner died of its fate, not of us, while this job ran on it: GitHub then fails the job, and rightly. */
  diedWith(jobId: string): boolean {
    return this.#diedAtWork.has(jobId);
  }

  at(provider: () => ProviderModel): InstanceLife {
    return {
      launched: (instance) => this.#launched(instance, provider()),
      stopped: (instance) => this.#stopped(instance),
    };
  }

  #launched(instance: ModelInstance, provider: ProviderModel): void {
    this.#rules.launched(instance);
    const runnerId = runnerIdOf(instance);
    const life: Life = {
      instance,
      provider,
      runnerId,
      jobId: undefined,
      startedAtMs: undefined,
      waitsSinceMs: undefined,
      ended: false,
      deaf: false,
    };
    this.#byInstance.set(instance, life);
    if (runnerId !== undefined) this.#byRunner.set(runnerId, life);
    if (this.#fates.bootNeverEnds()) return;
    this.#later(life, 500 + this.#random.around(4_000), () => {
      if (this.#fates.bootFails()) {
        instance.output.push("could not start");
        this.#exit(life, 1);
        return;
      }
      instance.phase = "running";
      provider.changed();
      this.#connect(life);
    });
  }

  #connect(life: Life): void {
    const { runnerId, instance } = life;
    if (runnerId === undefined) return this.#exit(life, 1);
    try {
      this.#model.connectRunner(runnerId);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // GitHub does not know it any more: the official runner removes its configuration and leaves with 0.
      return this.#exit(life, 0);
    }
    instance.output.push("Listening for Jobs");
    life.waitsSinceMs = this.#scheduler.nowMs;
    if (this.#model.offerFor(runnerId) !== undefined) this.#takeSoon(life);
    if (this.#fates.registrationForgotten())
      this.#later(life, this.#random.around(3_000), () => this.#forgetAtGitHub(life));
    if (this.#fates.diesIdle()) this.#later(life, this.#random.around(30_000), () => this.#die(life));
  }

  #hear(effect: Effect): void {
    if (effect.kind === "job-offered") {
      const life = this.#byRunner.get(effect.runnerId);
      if (life !== undefined) this.#takeSoon(life);
    } else if (effect.kind === "runner-gone") {
      const life = this.#byRunner.get(effect.runnerId);
      // An idle runner hears of its removal with its next poll.
      if (life !== undefined && life.jobId === undefined && !life.deaf) {
        this.#later(life, noticeMs, () => {
          if (life.jobId === undefined) this.#exit(life, 0);
        });
      }
    } else if (effect.kind === "cancel-requested") {
      const life = this.#byRunner.get(effect.runnerId);
      if (life !== undefined) this.#later(life, 1_000, () => this.#finish(life, effect.jobId, "cancelled"));
    }
  }

  #takeSoon(life: Life): void {
    this.#later(life, 20 + this.#random.around(300), () => this.#take(life));
  }

  #take(life: Life): void {
    const { runnerId, instance } = life;
    if (runnerId === undefined || life.jobId !== undefined) return;
    let jobId: string;
    try {
      const offered = this.#model.offerFor(runnerId);
      if (offered === undefined) return;
      jobId = this.#model.takeJob(runnerId, offered.spec.jobId).spec.jobId;
    } catch (error) {
      if (error instanceof Refusal) return;
      throw error;
    }
    life.jobId = jobId;
    life.waitsSinceMs = undefined;
    life.startedAtMs = this.#scheduler.nowMs;
    instance.output.push(`Running job: ${jobId}`);
    this.#renew(life, jobId);
    const durationMs = this.#durationMs(jobId);
    if (this.#fates.diesAtWork()) this.#later(life, durationMs / 2, () => this.#die(life));
    this.#later(life, durationMs, () => this.#finish(life, jobId, "success"));
  }

  #renew(life: Life, jobId: string): void {
    this.#later(life, renewMs, () => {
      if (life.jobId !== jobId) return;
      try {
        this.#model.renewJob(jobId);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return;
      }
      this.#renew(life, jobId);
    });
  }

  #finish(life: Life, jobId: string, conclusion: "success" | "cancelled"): void {
    if (life.jobId !== jobId) return;
    life.jobId = undefined;
    life.instance.output.push(`Job ${jobId} completed with result: ${conclusion}`);
    try {
      this.#model.finishJob(jobId, { conclusion });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    const runner = life.runnerId === undefined ? undefined : this.#model.runners.findEver(life.runnerId);
    if (runner !== undefined && this.#model.kernel.behaviour.runnerHangsAfterJob(runner)) return;
    this.#later(life, 100 + this.#random.around(500), () => this.#exit(life, 0));
  }

  #forgetAtGitHub(life: Life): void {
    const runner = life.runnerId === undefined ? undefined : this.#model.runners.findEver(life.runnerId);
    if (runner === undefined || life.jobId !== undefined) return;
    life.deaf = true;
    life.waitsSinceMs = undefined;
    try {
      this.#model.removeRunner(runner);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      life.deaf = false;
    }
  }

  #die(life: Life): void {
    if (life.jobId !== undefined) this.#diedAtWork.add(life.jobId);
    life.jobId = undefined;
    life.ended = true;
    if (life.runnerId !== undefined) this.#model.disconnectRunner(life.runnerId);
    life.provider.exit(life.instance, null, "SIGKILL");
    this.#forget(life);
  }

  #exit(life: Life, exitCode: number): void {
    if (life.ended) return;
    life.ended = true;
    if (life.runnerId !== undefined) this.#model.disconnectRunner(life.runnerId);
    life.provider.exit(life.instance, exitCode, null);
    this.#forget(life);
  }

  #stopped(instance: ModelInstance): void {
    const life = this.#byInstance.get(instance);
    if (life === undefined) return;
    const registration = life.runnerId === undefined ? undefined : this.#model.runners.find(life.runnerId);
    if (life.jobId !== undefined && this.#isOverdue(life, 0)) this.#diedAtWork.add(life.jobId);
    else if (life.jobId !== undefined) this.#rules.stoppedAtWork(instance, life.jobId);
    else if (registration !== undefined) this.#rules.stoppedBeforeDeregistered(instance);
    if (life.waitsSinceMs !== undefined) {
      this.#rules.stoppedWithinGrace(instance, this.#scheduler.nowMs - life.waitsSinceMs);
    }
    life.ended = true;
    life.jobId = undefined;
    if (life.runnerId !== undefined) this.#model.disconnectRunner(life.runnerId);
    this.#forget(life);
  }

  /** An instance whose job runs on although it is past its deadline for longer than that, since the given instant at least. */
  overdue(boundMs: number, sinceMs: number): ModelInstance | undefined {
    for (const life of this.#byInstance.values()) {
      if (life.startedAtMs === undefined || life.jobId === undefined) continue;
      const runsMs = this.#scheduler.nowMs - Math.max(life.startedAtMs, sinceMs);
      if (runsMs >= this.#rules.jobDeadlineMs(life.instance) + boundMs) return life.instance;
    }
    return undefined;
  }

  /** Living instances that wait for their first job, and GitHub knows them. */
  idle(): readonly ModelInstance[] {
    const lives = [...this.#byInstance.values()];
    return lives.filter((life) => !life.ended && life.waitsSinceMs !== undefined).map(({ instance }) => instance);
  }

  #isOverdue({ instance, startedAtMs }: Life, boundMs: number): boolean {
    if (startedAtMs === undefined) return false;
    return this.#scheduler.nowMs - startedAtMs >= this.#rules.jobDeadlineMs(instance) + boundMs;
  }

  #forget(life: Life): void {
    this.#byInstance.delete(life.instance);
    if (life.runnerId !== undefined) this.#byRunner.delete(life.runnerId);
  }

  #later(life: Life, delayMs: number, run: () => void): void {
    this.#scheduler.after(delayMs, () => {
      if (!life.ended) run();
    });
  }
}

/** The runner that this credential makes: read from the configuration as the runner itself would. */
function runnerIdOf(instance: ModelInstance): number | undefined {
  try {
    const files = JSON.parse(Buffer.from(instance.spec.credential.encodedJitConfig, "base64").toString()) as Record<
      string,
      string
    >;
    const settings = JSON.parse(Buffer.from(files[".runner"] ?? "", "base64").toString()) as { AgentId?: string };
    const runnerId = Number(settings.AgentId);
    return Number.isSafeInteger(runnerId) ? runnerId : undefined;
  } catch {
    return undefined;
  }
}

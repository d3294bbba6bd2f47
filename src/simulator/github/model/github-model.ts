import { Credentials } from "./credentials.ts";
import { Dispatch } from "./dispatch.ts";
import type { Effect } from "./effect.ts";
import { JobQueue } from "./job-queue.ts";
import { type JobEnd, JobLife, type JobListener } from "./job-life.ts";
import { JobRegistry } from "./job-registry.ts";
import { Kernel } from "./kernel.ts";
import { defaultLimits, type Flavour, flavours, type ServiceLimits } from "./options.ts";
import type { Job, JobSpec, QueueAnswer, QueueToken, Runner, RunnerSpec, ScaleSet, Session } from "./records.ts";
import { Refusal } from "./refusal.ts";
import { Runners } from "./runners.ts";
import { ScaleSets, type ScaleSetWish } from "./scale-sets.ts";
import { Sessions } from "./sessions.ts";
import { Tenants } from "./tenants.ts";
import type { RunnerGroup, Tenant } from "./tenants.ts";
import type { ModelClock, ModelRandom } from "./time-and-chance.ts";
import { Tokens } from "./tokens.ts";

/** What a poll brings: an answer at once, or a ticket whose answer comes as an effect. */
export type PollOutcome = QueueAnswer | { readonly kind: "parked"; readonly ticket: number };

/**
 * GitHub as one state machine: commands in, effects out. It reads time from the clock that it was given and waits for
 * nothing; whoever holds it calls `advance` when `nextDeadlineMs` has come.
 *
 * Every command is complete when it returns: jobs are assigned, runners are offered work, polls are answered, and listeners
 * have heard of it. A refused command throws `Refusal` and changes nothing.
 */
export class GitHubModel {
  readonly kernel: Kernel;
  readonly tenants = new Tenants();
  readonly credentials: Credentials;
  readonly tokens: Tokens;
  readonly scaleSets: ScaleSets;
  readonly runners: Runners;
  /** Every job that is remembered. */
  readonly jobs: JobRegistry;
  readonly #life: JobLife;
  readonly #sessions: Sessions;
  readonly #dispatch: Dispatch;
  readonly #listeners = new Set<(effect: Effect) => void>();
  #depth = 0;

  constructor(options: {
    readonly clock: ModelClock;
    readonly random: ModelRandom;
    readonly flavour?: Flavour;
    readonly limits?: Partial<ServiceLimits>;
  }) {
    const kernel = new Kernel({
      clock: options.clock,
      random: options.random,
      flavour: options.flavour ?? flavours.dotcom,
      limits: { ...defaultLimits, ...options.limits },
    });
    const queue = new JobQueue();
    this.kernel = kernel;
    this.credentials = new Credentials(kernel);
    this.tokens = new Tokens(kernel);
    this.scaleSets = new ScaleSets(kernel);
    this.runners = new Runners(kernel);
    this.#sessions = new Sessions(kernel, this.tokens);
    this.#dispatch = new Dispatch(kernel, this.tenants, queue, this.runners, (poll, answer) =>
      this.#sessions.settle(poll, answer),
    );
    this.#sessions.serveWith(this.#dispatch);
    this.jobs = new JobRegistry(kernel.limits.historyMax);
    this.#life = new JobLife({
      kernel,
      queue,
      registry: this.jobs,
      runners: this.runners,
      onQueued: (job) => this.#dispatch.queued(job),
    });
  }

  get flavour(): Flavour {
    return this.kernel.flavour;
  }

  nowMs(): number {
    return this.kernel.nowMs();
  }

  // Time and effects

  /** Hears every effect from now on, in order. Returns what ends it. A listener may call commands. */
  subscribe(listener: (effect: Effect) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** When `advance` has something to do, in milliseconds since the Unix epoch; undefined when nothing waits for time. */
  nextDeadlineMs(): number | undefined {
    return this.kernel.deadlines.nextMs();
  }

  /** Does everything that is due by now. */
  advance(): void {
    this.#command(() => this.kernel.fireDue(() => this.#settle()));
  }

  /**
   * Calls `fire` at an instant of the model's time; the returned function cancels. For parts of the model that live beside
   * this class, such as the runner's broker.
   */
  schedule(atMs: number, fire: () => void): () => void {
    const deadline = this.kernel.deadlines.at(atMs, fire);
    return () => deadline.cancel();
  }

  // Scale sets and sessions

  createScaleSet(tenant: Tenant, wish: ScaleSetWish): ScaleSet {
    return this.#command(() => this.scaleSets.create(tenant, wish));
  }

  updateScaleSet(scaleSet: ScaleSet, wish: ScaleSetWish): void {
    this.#command(() => this.scaleSets.update(scaleSet, wish));
  }

  /** Removes a scale set with its session, queue and idle registrations. Jobs nobody took return to the queue. */
  deleteScaleSet(scaleSet: ScaleSet): void {
    this.#command(() => {
      if (scaleSet.session !== undefined) this.#sessions.end(scaleSet.session);
      this.scaleSets.remove(scaleSet);
      this.#life.releaseAll(scaleSet);
      for (const runner of [...scaleSet.runners.values()]) {
        // A busy runner finishes its job: losing the scale set does not stop what runs.
        if (runner.phase.kind !== "busy") this.#removeRunner(runner);
      }
    });
  }

  /** @throws {Refusal} "session-conflict" */
  createSession(scaleSet: ScaleSet, ownerName: string, origin: string): { session: Session; token: QueueToken } {
    return this.#command(() => {
      const session = this.#sessions.create(scaleSet, ownerName, origin);
      return { session, token: this.tokens.issueQueue(session) };
    });
  }

  /** @throws {Refusal} "session-expired" or "session-evicted" */
  refreshSession(scaleSet: ScaleSet, sessionId: string): { session: Session; token: QueueToken } {
    return this.#command(() => {
      const session = this.#sessions.refresh(scaleSet, sessionId);
      return { session, token: this.tokens.issueQueue(session) };
    });
  }

  /** @throws {Refusal} "session-expired" or "session-evicted" */
  deleteSession(scaleSet: ScaleSet, sessionId: string): void {
    this.#command(() => this.#sessions.delete(scaleSet, sessionId));
  }

  /** Ends a session for its client while the scale set stays taken for `heldMs`. */
  severSession(session: Session, heldMs: number): void {
    this.#command(() => this.#sessions.sever(session, heldMs));
  }

  /** Ends a session at once, as abandonment does. */
  endSession(session: Session): void {
    this.#command(() => this.#sessions.end(session));
  }

  /** Looks for a message, and waits for one when there is none. */
  poll(token: QueueToken, lastMessageId: number, capacity: number): PollOutcome {
    const poll = this.#command(() => this.#sessions.open(token, lastMessageId, capacity));
    if (poll.answer === undefined) this.#sessions.park(poll);
    return poll.answer ?? { kind: "parked", ticket: poll.ticket };
  }

  /** The client of a parked poll went away. */
  abandonPoll(ticket: number): void {
    this.#command(() => this.#sessions.abandon(ticket));
  }

  /** Ends every parked poll with nothing to say. */
  releasePolls(): void {
    this.#command(() => this.#sessions.releaseAll());
  }

  /** Ends every parked poll whose token is refused by now, and the others when theirs will be. */
  recheckPolls(): void {
    this.#command(() => this.#sessions.recheck());
  }

  get parkedPollCount(): number {
    return this.#sessions.parkedCount;
  }

  /** Deletes a message for ever; false when there was none. */
  deleteMessage(token: QueueToken, messageId: number): boolean {
    const { session } = token;
    session.lastHeardMs = this.kernel.nowMs();
    return session.scaleSet.log.delete(messageId);
  }

  /** Claims offered jobs for a scale set; returns the request ids it has now, of those that were asked for. */
  acquireJobs(token: QueueToken, requestIds: readonly number[]): number[] {
    return this.#command(() => {
      const { session } = token;
      session.lastHeardMs = this.kernel.nowMs();
      const { scaleSet } = session;
      const wanted = new Set(requestIds);
      const won: number[] = [];
      for (const job of scaleSet.assigned.values()) if (wanted.has(job.requestId)) won.push(job.requestId);
      for (const requestId of wanted) {
        const job = this.jobs.findByRequestId(requestId);
        if (job === undefined || !this.#dispatch.mayAcquire(scaleSet, job)) continue;
        this.#life.assign(job, scaleSet);
        won.push(requestId);
      }
      return won;
    });
  }

  // Runners

  /** @throws {Refusal} "runner-exists": the name is taken in the tenant. */
  registerRunner(tenant: Tenant, spec: RunnerSpec, scaleSet?: ScaleSet): Runner {
    return this.#command(() => {
      const runner = this.runners.register(tenant, spec, scaleSet);
      if (scaleSet !== undefined) this.kernel.touched.add(scaleSet);
      return runner;
    });
  }

  /**
   * Removes a registration; a job held out to it waits for another runner.
   *
   * @throws {Refusal} "runner-busy": it runs a job, and keeps it.
   */
  removeRunner(runner: Runner): void {
    if (runner.phase.kind === "busy") {
      throw new Refusal("runner-busy", `The runner ${runner.id} is still running a job.`);
    }
    this.#command(() => this.#removeRunner(runner));
  }

  /** Gives a runner other labels or another group. A job that it fits now is held out to it at once. */
  changeRunner(runner: Runner, wish: Partial<Pick<RunnerSpec, "labels" | "groupId">>): void {
    this.#command(() => runner.change(wish));
  }

  /**
   * Puts a changed group, or a new one, in its place in the tenant. Scale sets of the group look at the queue again.
   *
   * @throws {Refusal} "runner-group-exists": another group has that name.
   */
  putRunnerGroup(tenant: Tenant, group: RunnerGroup): void {
    const named = this.tenants.groupNamed(tenant, group.name);
    if (named !== undefined && named.id !== group.id) {
      throw new Refusal("runner-group-exists", `A runner group with the name ${group.name} already exists.`);
    }
    this.#command(() => {
      tenant.groups.set(group.id, group);
      this.#groupsChanged(tenant);
    });
  }

  /** Removes a group. Its runners and scale sets go to the default group, which stays for ever. */
  removeRunnerGroup(tenant: Tenant, group: RunnerGroup): void {
    this.#command(() => {
      tenant.groups.delete(group.id);
      for (const runner of this.runners.of(tenant)) if (runner.spec.groupId === group.id) runner.change({ groupId: 1 });
      for (const scaleSet of this.scaleSets.find(tenant, { groupId: group.id })) scaleSet.groupId = 1;
      this.#groupsChanged(tenant);
    });
  }

  #groupsChanged(tenant: Tenant): void {
    for (const scaleSet of this.scaleSets.find(tenant, {})) {
      scaleSet.servesLane.clear();
      this.kernel.touched.add(scaleSet);
    }
  }

  /** The runner's process is connected. @throws {Refusal} "runner-not-found": not registered (any more). */
  connectRunner(runnerId: number): Runner {
    return this.#command(() => {
      const runner = this.#registered(runnerId);
      if (runner.phase.kind === "registered") this.runners.setIdle(runner);
      else if (runner.phase.kind === "busy") runner.phase = { ...runner.phase, connected: true };
      return runner;
    });
  }

  /** Nothing is heard of the runner's process any more. A job it runs goes on until its lease ends. */
  disconnectRunner(runnerId: number): void {
    this.#command(() => {
      const runner = this.runners.find(runnerId);
      if (runner === undefined) return;
      if (runner.phase.kind === "busy") runner.phase = { ...runner.phase, connected: false };
      if (runner.phase.kind !== "online") return;
      this.runners.clearIdle(runner);
      runner.phase = { kind: "registered" };
      this.#life.withdrawFrom(runner);
    });
  }

  /** The job held out to a runner. Asking does not take it. @throws {Refusal} "runner-not-found" */
  offerFor(runnerId: number): Job | undefined {
    return this.#registered(runnerId).offered;
  }

  /** The job of this runner whose cancellation was asked for. */
  cancellationFor(runnerId: number): Job | undefined {
    const phase = this.runners.find(runnerId)?.phase;
    return phase?.kind === "busy" && phase.job.cancelRequested ? phase.job : undefined;
  }

  /** @throws {Refusal} "runner-not-found", "job-not-found", "job-taken". Repeating it by the same runner is harmless. */
  takeJob(runnerId: number, jobId: string): Job {
    return this.#command(() => {
      const runner = this.runners.findEver(runnerId);
      if (runner === undefined) throw new Refusal("runner-not-found", `No runner found with identifier ${runnerId}.`);
      return this.#life.take(runner, jobId);
    });
  }

  // Jobs

  queueJob(spec: JobSpec): Job {
    return this.#command(() => this.#life.add(spec));
  }

  /** @returns the end of the new lease. @throws {Refusal} "job-not-found": it does not run (any more). */
  renewJob(jobId: string): number {
    return this.#command(() => this.#life.renew(jobId));
  }

  /** A running job is over; its ephemeral runner loses its registration. @throws {Refusal} "job-not-found" */
  finishJob(jobId: string, end: JobEnd): Job {
    return this.#command(() => this.#life.finish(jobId, end));
  }

  /** @throws {Refusal} "job-not-found" */
  cancelJob(jobId: string): void {
    this.#command(() => {
      const job = this.jobs.find(jobId);
      if (job === undefined) throw new Refusal("job-not-found", "job not found");
      this.#life.cancel(job);
    });
  }

  /** Stops showing cancelled jobs as if they waited. */
  settleLingeringJobs(): void {
    this.#command(() => this.#life.settleLingering(this.scaleSets.all()));
  }

  /** Whoever continues workflow runs hears of every start and end. */
  listenToJobs(listener: JobListener): void {
    this.#life.listen(listener);
  }

  #registered(runnerId: number): Runner {
    const runner = this.runners.find(runnerId);
    if (runner === undefined) throw new Refusal("runner-not-found", `No runner found with identifier ${runnerId}.`);
    return runner;
  }

  #removeRunner(runner: Runner): void {
    if (runner.phase.kind === "gone") return;
    this.#life.withdrawFrom(runner);
    this.runners.forget(runner);
  }

  /** Runs one command to its end: what it touched is looked at, and its effects are told, before the outermost one returns. */
  #command<T>(run: () => T): T {
    this.#depth += 1;
    try {
      const result = run();
      if (this.#depth === 1) this.#settle();
      return result;
    } finally {
      this.#depth -= 1;
    }
  }

  #settle(): void {
    const { effects } = this.kernel;
    for (;;) {
      this.#dispatch.run(this.#life);
      if (effects.length === 0) return;
      const told = effects.splice(0);
      for (const effect of told) {
        for (const listener of this.#listeners) listener(effect);
      }
    }
  }
}

// The four records of the model refer to one another (a job to its runner, a runner to its scale set, ...), so they live in
// one file. They hold state only; the rules by which it changes are in the files named after the rules.
import type { Deadline } from "./deadlines.ts";
import { MessageLog, type QueueMessage } from "./message-log.ts";
import type { Tenant } from "./tenants.ts";

export interface ScaleSetLabel {
  readonly id: number;
  readonly type: string;
  readonly name: string;
}

/** The numbers that a scaler decides on. */
export interface Statistics {
  readonly totalAvailableJobs: number;
  readonly totalAcquiredJobs: number;
  readonly totalAssignedJobs: number;
  readonly totalRunningJobs: number;
  readonly totalRegisteredRunners: number;
  readonly totalBusyRunners: number;
  readonly totalIdleRunners: number;
}

/** A named pool of ephemeral runners, with its queue, its jobs and its registrations. */
export class ScaleSet {
  readonly id: number;
  readonly tenant: Tenant;
  readonly createdAtMs: number;
  name: string;
  groupId: number;
  labels: readonly ScaleSetLabel[];
  disableUpdate: boolean;
  deleted = false;

  session: Session | undefined;
  readonly log: MessageLog;
  /** Job messages of the evaluation in progress. */
  readonly pending: { readonly type: string; readonly json: string }[] = [];

  readonly runners = new Map<number, Runner>();
  readonly idle = new Map<number, Runner>();
  busyCount = 0;

  /** Assigned and unfinished. */
  readonly assigned = new Map<string, Job>();
  /** Assigned and not held out to any runner yet, oldest first. */
  readonly waiting = new Map<string, Job>();
  runningCount = 0;
  /** Offered in this session and not acquired. */
  readonly offers = new Map<string, Job>();
  /** Cancelled jobs that go on being counted. */
  readonly lingeringAssigned = new Map<string, Job>();
  readonly lingeringAvailable = new Map<string, Job>();
  /** Which lanes of the queue this scale set can serve; emptied when its labels or group change. */
  readonly servesLane = new Map<string, boolean>();

  constructor(options: {
    readonly id: number;
    readonly tenant: Tenant;
    readonly createdAtMs: number;
    readonly name: string;
    readonly groupId: number;
    readonly labels: readonly ScaleSetLabel[];
    readonly disableUpdate: boolean;
    readonly firstMessageId: number;
    readonly messagesMax: number;
  }) {
    this.id = options.id;
    this.tenant = options.tenant;
    this.createdAtMs = options.createdAtMs;
    this.name = options.name;
    this.groupId = options.groupId;
    this.labels = options.labels;
    this.disableUpdate = options.disableUpdate;
    this.log = new MessageLog(options.firstMessageId, options.messagesMax);
  }

  statistics(): Statistics {
    return {
      totalAvailableJobs: this.offers.size + this.lingeringAvailable.size,
      totalAcquiredJobs: 0,
      totalAssignedJobs: this.assigned.size + this.lingeringAssigned.size,
      totalRunningJobs: this.runningCount,
      totalRegisteredRunners: this.runners.size,
      totalBusyRunners: this.busyCount,
      totalIdleRunners: this.idle.size,
    };
  }
}

/** How a queue poll ends. */
export type QueueAnswer =
  | { readonly kind: "message"; readonly message: QueueMessage; readonly statistics: Statistics }
  | { readonly kind: "nothing" }
  | { readonly kind: "unauthorized" };

/** The right to poll one session's queue. */
export interface QueueToken {
  readonly token: string;
  readonly session: Session;
  readonly issuedAtMs: number;
  expiresAtMs: number;
}

/** A long poll that the service is holding, or is about to answer. */
export interface Poll {
  readonly ticket: number;
  readonly session: Session;
  readonly token: QueueToken;
  readonly lastMessageId: number;
  readonly capacity: number;
  answer: QueueAnswer | undefined;
  /** False until the caller was told to wait: the answer of such a poll is returned, not told as an effect. */
  parked: boolean;
  windowDeadline: Deadline | undefined;
  tokenDeadline: Deadline | undefined;
}

/** The exclusive right to consume one scale set's messages. */
export class Session {
  readonly id: string;
  readonly scaleSet: ScaleSet;
  readonly ownerName: string;
  /** Scheme and authority under which the client knows the service; offers carry a URL made of it. */
  readonly origin: string;
  readonly polls = new Set<Poll>();
  lastHeardMs: number;
  abandonDeadline: Deadline | undefined;
  /** A held session answers nobody, but keeps the scale set taken. */
  held = false;

  constructor(options: {
    readonly id: string;
    readonly scaleSet: ScaleSet;
    readonly ownerName: string;
    readonly origin: string;
    readonly nowMs: number;
  }) {
    this.id = options.id;
    this.scaleSet = options.scaleSet;
    this.ownerName = options.ownerName;
    this.origin = options.origin;
    this.lastHeardMs = options.nowMs;
  }
}

/** Where a runner's registration stands. */
export type RunnerPhase =
  /** Registered and not connected. */
  | { readonly kind: "registered" }
  | { readonly kind: "online"; readonly sinceMs: number }
  /** Runs a job; `connected` is false while nothing is heard of it. */
  | { readonly kind: "busy"; readonly job: Job; readonly sinceMs: number; readonly connected: boolean }
  | { readonly kind: "gone"; readonly goneAtMs: number };

export interface RunnerSpec {
  readonly name: string;
  readonly labels: readonly string[];
  readonly groupId: number;
  readonly ephemeral: boolean;
  readonly disableUpdate: boolean;
  readonly version: string;
  readonly os: string;
  readonly workFolder: string;
}

/** One registration at GitHub. */
export class Runner {
  readonly id: number;
  readonly tenant: Tenant;
  /** The scale set it was made for; undefined for runners that were registered by other means. */
  readonly scaleSet: ScaleSet | undefined;
  /** What was asked for at the registration, with the labels and the group as they are now. */
  spec: RunnerSpec;
  /** GUID under which the runner asks for its tokens. */
  readonly clientId: string;
  readonly registeredAtMs: number;
  #lowerCaseLabels: ReadonlySet<string>;
  phase: RunnerPhase = { kind: "registered" };
  /** The job held out to this runner. */
  offered: Job | undefined;
  /** The last job it took; stays after the job is over. */
  lastJobId: string | undefined;
  /** Set once by whoever checks the runner's assertions; the model only keeps it. */
  publicKey: unknown;
  removalDeadline: Deadline | undefined;

  constructor(options: {
    readonly id: number;
    readonly tenant: Tenant;
    readonly scaleSet: ScaleSet | undefined;
    readonly spec: RunnerSpec;
    readonly clientId: string;
    readonly registeredAtMs: number;
  }) {
    this.id = options.id;
    this.tenant = options.tenant;
    this.scaleSet = options.scaleSet;
    this.spec = options.spec;
    this.clientId = options.clientId;
    this.registeredAtMs = options.registeredAtMs;
    this.#lowerCaseLabels = new Set(options.spec.labels.map((label) => label.toLowerCase()));
  }

  get name(): string {
    return this.spec.name;
  }

  /** Gives it other labels or another group. */
  change(wish: Partial<Pick<RunnerSpec, "labels" | "groupId">>): void {
    this.spec = { ...this.spec, ...wish };
    this.#lowerCaseLabels = new Set(this.spec.labels.map((label) => label.toLowerCase()));
  }

  hasLabels(labels: readonly string[]): boolean {
    return labels.every((label) => this.#lowerCaseLabels.has(label.toLowerCase()));
  }
}

/** GitHub's words for the end of a job. */
export type Conclusion = "success" | "failure" | "cancelled" | "skipped" | "timed_out";

/** What the runner reported about one step. */
export interface StepOutcome {
  /** The id of the step in the job message. */
  readonly externalId?: string;
  readonly name: string;
  readonly conclusion: string;
  readonly number?: number;
  readonly startedAt?: string | null;
  readonly completedAt?: string | null;
}

/** Facts about a job that never change. */
export interface JobSpec {
  readonly jobId: string;
  /** The integer under which the REST interface knows the job. */
  readonly restJobId: number;
  readonly runId: number;
  readonly attempt: number;
  /** Owner and name. */
  readonly repository: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly runnerGroup: string | undefined;
  readonly workflowName: string;
  readonly workflowRef: string;
  readonly event: string;
  readonly actor: string;
  readonly timeoutMinutes: number;
  /** For jobs without a workflow file: how long its one step takes. */
  readonly durationMs: number | undefined;
  /** For jobs without a workflow file: the script of its one step, instead of a sleep. */
  readonly script?: string | undefined;
  /** Whether a workflow file stands behind the job. */
  readonly fromWorkflow: boolean;
}

/** Where a job stands. */
export type JobPhase =
  | { readonly kind: "queued" }
  /** Taken back from a scale set; queued again when the wait is over. */
  | { readonly kind: "delayed" }
  | {
      readonly kind: "assigned";
      readonly scaleSet: ScaleSet;
      readonly assignedAtMs: number;
      readonly deadline: Deadline;
    }
  | {
      readonly kind: "running";
      readonly scaleSet: ScaleSet | undefined;
      readonly assignedAtMs: number | undefined;
      readonly runner: Runner;
      readonly startedAtMs: number;
    }
  | {
      readonly kind: "completed";
      readonly conclusion: Conclusion;
      readonly completedAtMs: number;
      readonly assignedAtMs: number | undefined;
      readonly startedAtMs: number | undefined;
      readonly runner: Runner | undefined;
      readonly outputs: Readonly<Record<string, string>>;
      readonly steps: readonly StepOutcome[];
    };

/** One job of the queue. */
export class Job {
  readonly spec: JobSpec;
  readonly queuedAtMs: number;
  /** The label set, scope and group as one key: jobs with the same key are interchangeable for matching. */
  readonly laneKey: string;
  /** The id that the acquire flow uses; 0 where the flavour has none. */
  readonly requestId: number;
  phase: JobPhase = { kind: "queued" };
  /** Ascends with every entry into the queue; the order in which jobs of different lanes are served. */
  queueOrder = 0;
  assignments = 0;
  /** The runner that the job is held out to. */
  offer: { readonly runner: Runner; readonly deadline: Deadline } | undefined;
  /** The scale sets that were offered this job and may acquire it. */
  readonly offeredTo = new Set<ScaleSet>();
  leaseDeadline: Deadline | undefined;
  leaseUntilMs = 0;
  cancelDeadline: Deadline | undefined;
  /** Cancelled, and still shown as if it waited. */
  lingers = false;

  constructor(spec: JobSpec, queuedAtMs: number, requestId: number) {
    this.spec = spec;
    this.queuedAtMs = queuedAtMs;
    this.requestId = requestId;
    this.laneKey = laneKeyOf(spec);
  }

  /** True from the request to cancel until the end. */
  get cancelRequested(): boolean {
    return this.cancelDeadline !== undefined;
  }
}

export function laneKeyOf(spec: Pick<JobSpec, "repository" | "labels" | "runnerGroup">): string {
  const labels = spec.labels.map((label) => label.toLowerCase()).sort();
  return `${spec.repository.toLowerCase()}\n${(spec.runnerGroup ?? "").toLowerCase()}\n${labels.join("\n")}`;
}

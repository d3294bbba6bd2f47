import {
  asObject,
  DecodeError,
  instantMember,
  integerMember,
  listMember,
  member,
  parseFirstJson,
  textMember,
  type JsonObject,
} from "./json.ts";
import { decodeStatistics, type Statistics } from "./statistics.ts";

interface JobMessageFields {
  /** What acquiring names; 0 on github.com, so never a key by itself. */
  readonly runnerRequestId: number;
  /** Bare name of the repository. */
  readonly repositoryName: string;
  readonly ownerName: string;
  /** GUID: the key of a job through all its messages and re-assignments. */
  readonly jobId: string;
  /** `owner/repo/.github/workflows/file@ref`. */
  readonly jobWorkflowRef: string;
  readonly jobDisplayName: string;
  readonly workflowRunId: number;
  readonly eventName: string;
  /** The job's `runs-on` labels. */
  readonly requestLabels: readonly string[];
  /** Instants are undefined where they do not apply. */
  readonly queuedAtMs: number | undefined;
  readonly scaleSetAssignedAtMs: number | undefined;
  readonly runnerAssignedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
}

/** A job is offered: acquire it, or it stays unassigned. Not on github.com, where jobs are assigned unasked. */
export interface JobAvailable extends JobMessageFields {
  readonly messageType: "JobAvailable";
  readonly acquireJobUrl: string;
}

/** The job belongs to this scale set and waits for a runner. */
export interface JobAssigned extends JobMessageFields {
  readonly messageType: "JobAssigned";
}

/** A runner of the scale set took the job. */
export interface JobStarted extends JobMessageFields {
  readonly messageType: "JobStarted";
  readonly runnerId: number;
  readonly runnerName: string;
}

/** The assignment ended; the job itself may be assigned again when no runner had taken it. */
export interface JobCompleted extends JobMessageFields {
  readonly messageType: "JobCompleted";
  /** As GitHub says it, in lower case: `succeeded`, `failed`, `canceled`... */
  readonly result: string;
  /** 0 when no runner took it. */
  readonly runnerId: number;
  /** Empty when no runner took it. */
  readonly runnerName: string;
}

export type JobMessage = JobAvailable | JobAssigned | JobStarted | JobCompleted;

/** One message of a scale set's queue. */
export interface ScaleSetMessage {
  readonly messageId: number;
  /** Undefined when the service left them out. */
  readonly statistics: Statistics | undefined;
  /** In the order of the message; types that this client does not know are left out. */
  readonly jobs: readonly JobMessage[];
  /** What could not be read. The rest of the message is good; acknowledging it is right, or it would block the queue. */
  readonly problems: readonly string[];
}

/**
 * Reads the answer of a poll. One unreadable part costs only that part, so that no single message can block the queue.
 *
 * @throws {DecodeError} the envelope has no message id, so that it could not even be acknowledged.
 */
export function decodeMessage(body: string): ScaleSetMessage {
  const envelope = asObject(parseFirstJson(body), "the message");
  const messageId = integerMember(envelope, "messageId");
  if (messageId <= 0) throw new DecodeError("messageId is missing");
  const problems: string[] = [];
  const attempt = <T>(what: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(`${what}: ${error instanceof DecodeError ? error.message : "unreadable"}`);
      return undefined;
    }
  };
  const statistics = attempt("statistics", () => decodeStatistics(member(envelope, "statistics"))) ?? undefined;
  if (statistics === undefined && problems.length === 0) problems.push("statistics: missing");
  const elements = attempt("body", () => bodyElements(envelope)) ?? [];
  const jobs = elements.flatMap((element, index) => attempt(`job message ${index}`, () => decodeJob(element)) ?? []);
  return { messageId, statistics, jobs, problems };
}

function bodyElements(envelope: JsonObject): readonly unknown[] {
  const type = textMember(envelope, "messageType");
  if (type !== "RunnerScaleSetJobMessages") throw new DecodeError(`unsupported message type: ${type.slice(0, 80)}`);
  const body = textMember(envelope, "body");
  if (body === "") return [];
  let elements: unknown;
  try {
    elements = JSON.parse(body);
  } catch {
    throw new DecodeError("not valid JSON");
  }
  if (elements === null) return [];
  if (!Array.isArray(elements)) throw new DecodeError("not a list");
  return elements;
}

function decodeJob(element: unknown): JobMessage | undefined {
  const object = asObject(element, "the element");
  const messageType = textMember(object, "messageType");
  switch (messageType) {
    case "JobAvailable":
      return { messageType, ...jobFields(object), acquireJobUrl: textMember(object, "acquireJobUrl") };
    case "JobAssigned":
      return { messageType, ...jobFields(object) };
    case "JobStarted":
      return { messageType, ...jobFields(object), ...runnerFields(object) };
    case "JobCompleted":
      return {
        messageType,
        ...jobFields(object),
        ...runnerFields(object),
        result: textMember(object, "result").toLowerCase(),
      };
    default:
      return undefined;
  }
}

function runnerFields(object: JsonObject): { readonly runnerId: number; readonly runnerName: string } {
  return { runnerId: integerMember(object, "runnerId"), runnerName: textMember(object, "runnerName") };
}

function jobFields(object: JsonObject): JobMessageFields {
  return {
    runnerRequestId: integerMember(object, "runnerRequestId"),
    repositoryName: textMember(object, "repositoryName"),
    ownerName: textMember(object, "ownerName"),
    jobId: textMember(object, "jobId"),
    jobWorkflowRef: textMember(object, "jobWorkflowRef"),
    jobDisplayName: textMember(object, "jobDisplayName"),
    workflowRunId: integerMember(object, "workflowRunId"),
    eventName: textMember(object, "eventName"),
    requestLabels: listMember(object, "requestLabels").filter((label) => typeof label === "string"),
    queuedAtMs: instantMember(object, "queueTime"),
    scaleSetAssignedAtMs: instantMember(object, "scaleSetAssignTime"),
    runnerAssignedAtMs: instantMember(object, "runnerAssignTime"),
    finishedAtMs: instantMember(object, "finishTime"),
  };
}

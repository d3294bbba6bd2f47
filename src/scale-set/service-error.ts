import { stripByteOrderMark } from "./json.ts";
import type { CallOptions, HttpRequest, HttpResponse } from "./ports.ts";

/** What went wrong, for code to decide on. The message is for people. */
export type ServiceErrorKind =
  /** 401 on a queue call, still after one refresh of the session. */
  | "MessageQueueTokenExpired"
  /** The runner name is registered already. */
  | "RunnerExists"
  | "RunnerNotFound"
  /** The runner executes a job, so it was not removed. */
  | "JobStillRunning"
  /** Somebody holds the scale set's only session. */
  | "SessionConflict"
  /** The session is over; a new one must be created. */
  | "SessionExpired"
  | "ScaleSetNotFound"
  | "ScaleSetExists"
  | "RunnerGroupNotFound"
  /** A look-up by name found several. */
  | "Ambiguous"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "Conflict"
  | "BadRequest"
  /** Another status than the call allows. */
  | "UnexpectedStatus"
  /** Every attempt failed; `status` and `bodyText` are those of the last one, if it had an answer. */
  | "RetriesExhausted"
  /** No answer, and no retry would cure it (a certificate error, for example). */
  | "Transport"
  /** The answer could not be understood. */
  | "Decode"
  /** The signal fired; `cause` is its reason. The request may still have taken effect. */
  | "Aborted";

export interface ServiceErrorFacts {
  readonly method: string;
  readonly url: string;
  readonly status?: number;
  readonly statusText?: string;
  readonly activityId?: string;
  readonly githubRequestId?: string;
  /** Exception name of the service. */
  readonly typeName?: string;
  readonly serverMessage?: string;
  /** Body of an answer that told of an error, at most 4,096 characters. Never the body of a success: those hold secrets. */
  readonly bodyText?: string;
  /** How long the server asked to wait. */
  readonly retryAfterMs?: number;
}

/** Any failure of a call to GitHub's REST API, the Actions Service or the message queue. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  readonly code = "SCALE_SET_SERVICE";
  readonly kind: ServiceErrorKind;
  readonly method: string;
  readonly url: string;
  readonly status: number | undefined;
  readonly statusText: string | undefined;
  readonly activityId: string | undefined;
  readonly githubRequestId: string | undefined;
  readonly typeName: string | undefined;
  readonly serverMessage: string | undefined;
  readonly bodyText: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(kind: ServiceErrorKind, message: string, facts: ServiceErrorFacts, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
    this.method = facts.method;
    this.url = facts.url;
    this.status = facts.status;
    this.statusText = facts.statusText;
    this.activityId = facts.activityId;
    this.githubRequestId = facts.githubRequestId;
    this.typeName = facts.typeName;
    this.serverMessage = facts.serverMessage;
    this.bodyText = facts.bodyText;
    this.retryAfterMs = facts.retryAfterMs;
  }

  /** The same failure with words in front of its message. */
  prefixed(prefix: string): ServiceError {
    return new ServiceError(this.kind, `${prefix}: ${this.message}`, this as ServiceErrorFacts, this);
  }
}

export function isServiceError(error: unknown, ...kinds: readonly ServiceErrorKind[]): error is ServiceError {
  return error instanceof ServiceError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** Runs `work` so that a fired signal is told as kind `Aborted` wherever in it the signal was noticed. */
export async function tellingAborts<T>(
  where: { readonly method: string; readonly url: string },
  { signal }: CallOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted || isServiceError(error)) throw error;
    throw new ServiceError("Aborted", `request ${where.method} ${where.url} failed: aborted`, where, signal.reason);
  }
}

/** What the classification must know of the call besides its answer. */
export type Operation = "queue" | "session-create" | "session-end" | "other";

/** A failure without an answer. */
export function errorWithoutResponse(
  kind: ServiceErrorKind,
  request: HttpRequest,
  reason: string,
  cause?: unknown,
): ServiceError {
  const url = hideSecrets(request.url, request);
  const message = hideSecrets(`request ${request.method} ${url} failed: ${reason}`, request);
  return new ServiceError(kind, message, { method: request.method, url }, cause);
}

export interface FailedAnswer {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** Words for the cause, for example `unexpected status code: 404`. */
  readonly cause: string;
  readonly operation: Operation;
  /** Set when the retry policy gave up after this many attempts. */
  readonly exhaustedAttempts?: number;
  readonly retryAfterMs?: number | undefined;
}

/** The failure that an answer tells of. The request's own token is hidden wherever a server repeats it. */
export function errorFromResponse(received: FailedAnswer): ServiceError {
  const { request } = received;
  const response = hideInResponse(received.response, request);
  const answer = { ...received, response };
  const url = hideSecrets(request.url, request);
  const exception = readException(answer);
  const kind = classify(answer, exception.typeName);
  const body = stripByteOrderMark(response.body).slice(0, 4096);
  const words = reasonOf(answer, kind, exception, body);
  const givingUp =
    answer.exhaustedAttempts === undefined
      ? ""
      : `: ${request.method} ${url} giving up after ${answer.exhaustedAttempts} attempt(s)`;
  return new ServiceError(kind, `${prefixOf(request.method, url, response)}: ${words}${givingUp}`, {
    method: request.method,
    url,
    status: response.status,
    statusText: response.statusText,
    ...present("activityId", response.headers["activityid"]),
    ...present("githubRequestId", response.headers["x-github-request-id"]),
    ...present("typeName", exception.typeName),
    ...present("serverMessage", exception.message),
    ...present("bodyText", body),
    ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
  });
}

/** A success that could not be understood. Its body stays out of the error: it may hold tokens. */
export function decodeFailure(request: HttpRequest, received: HttpResponse, cause: Error): ServiceError {
  const response = hideInResponse(received, request);
  const url = hideSecrets(request.url, request);
  return new ServiceError(
    "Decode",
    `${prefixOf(request.method, url, response)}: ${cause.message}: unknown error`,
    { method: request.method, url, status: response.status, statusText: response.statusText },
    cause,
  );
}

const sentinels: Partial<Record<ServiceErrorKind, string>> = {
  RunnerNotFound: "runner not found",
  RunnerExists: "runner exists",
  JobStillRunning: "job still running",
  MessageQueueTokenExpired: "message queue token expired",
};

function prefixOf(method: string, url: string, response: HttpResponse): string {
  const status = `${response.status} ${response.statusText}`.trim();
  const activityId = response.headers["activityid"];
  const requestId = response.headers["x-github-request-id"];
  const facts = [
    `status=${JSON.stringify(status)}`,
    ...(activityId ? [`activity_id=${JSON.stringify(activityId)}`] : []),
    ...(requestId ? [`github_request_id=${JSON.stringify(requestId)}`] : []),
  ];
  return `request ${method} ${url} failed(${facts.join(", ")})`;
}

type Exception =
  | { readonly form: "none"; readonly typeName?: never; readonly message?: never }
  | { readonly form: "text"; readonly typeName?: never; readonly message?: never }
  | { readonly form: "broken"; readonly problem: string; readonly typeName?: never; readonly message?: never }
  | { readonly form: "exception"; readonly typeName: string; readonly message: string };

// Text of a plain content type is never read as an exception, whatever it looks like.
function readException({ response }: FailedAnswer): Exception {
  const body = stripByteOrderMark(response.body);
  if (body === "") return { form: "none" };
  if ((response.headers["content-type"] ?? "").includes("text/plain")) return { form: "text" };
  let value: unknown;
  try {
    value = JSON.parse(body);
    // Some gateways wrap the service's exception once more, as text.
    if (typeof value === "string" && value.trimStart().startsWith("{")) value = JSON.parse(value);
  } catch (error) {
    return { form: "broken", problem: firstWords((error as Error).message) };
  }
  if (typeof value !== "object" || Array.isArray(value)) return { form: "broken", problem: "not a JSON object" };
  const { typeName, message } = (value ?? {}) as { readonly typeName?: unknown; readonly message?: unknown };
  return { form: "exception", typeName: textOrEmpty(typeName), message: textOrEmpty(message) };
}

function reasonOf(answer: FailedAnswer, kind: ServiceErrorKind, exception: Exception, body: string): string {
  if (exception.form === "none") return `${sentinels[kind] ?? answer.cause}: unknown error`;
  if (kind === "MessageQueueTokenExpired") return `${sentinels[kind]}: ${body}`;
  switch (exception.form) {
    case "text":
      return `${answer.cause}: ${body}`;
    case "broken":
      return `${exception.problem}: failed to unmarshal error response body: ${JSON.stringify(body)}`;
    case "exception": {
      const sentinel = sentinels[kind];
      if (sentinel !== undefined) return `${sentinel}: ${exception.message}`;
      const words = exception.typeName === "" ? exception.message : `${exception.typeName}: ${exception.message}`;
      return `${answer.cause}: ${words}`;
    }
    default:
      return exception satisfies never;
  }
}

const byTypeName: readonly (readonly [part: string, kind: ServiceErrorKind])[] = [
  ["AgentExistsException", "RunnerExists"],
  ["AgentNotFoundException", "RunnerNotFound"],
  ["JobStillRunningException", "JobStillRunning"],
  ["RunnerScaleSetSessionConflictException", "SessionConflict"],
  ["RunnerScaleSetSessionExpiredException", "SessionExpired"],
  ["RunnerScaleSetNotFoundException", "ScaleSetNotFound"],
  ["RunnerScaleSetExistsException", "ScaleSetExists"],
];

const byStatus: Readonly<Record<number, ServiceErrorKind>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
};

function classify({ response, operation, exhaustedAttempts }: FailedAnswer, typeName?: string): ServiceErrorKind {
  const { status } = response;
  if (status === 401 && operation === "queue") return "MessageQueueTokenExpired";
  const named = byTypeName.find(([part]) => typeName?.includes(part));
  if (named !== undefined) return named[1];
  if (status === 409 && operation === "session-create") return "SessionConflict";
  if (status === 404 && operation === "session-end") return "SessionExpired";
  return byStatus[status] ?? (exhaustedAttempts === undefined ? "UnexpectedStatus" : "RetriesExhausted");
}

function hideInResponse(response: HttpResponse, request: HttpRequest): HttpResponse {
  const hide = (text: string) => hideSecrets(text, request);
  return {
    status: response.status,
    statusText: hide(response.statusText),
    headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, hide(value)])),
    body: hide(response.body),
  };
}

/** Takes the request's own token out of a text, should a server or a proxy have repeated it. */
function hideSecrets(text: string, request: HttpRequest): string {
  const token = (request.headers["Authorization"] ?? "").split(" ")[1] ?? "";
  return token.length < 4 ? text : text.replaceAll(token, "[hidden]");
}

function firstWords(text: string): string {
  // The engine's JSON errors quote the text around the fault; keep what comes before the quotation.
  return (/^[^,"]*/.exec(text)?.[0] ?? "").trim() || "invalid JSON";
}

function textOrEmpty(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function present<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined || value === "" ? {} : ({ [name]: value } as Partial<Record<K, string>>);
}

import { setImmediate } from "node:timers/promises";
import type { Answer } from "./plain-http.ts";

/** What the clients need of the lab that they speak to. */
export interface LabService {
  readonly model: { readonly parkedPollCount: number };
  send(
    method: string,
    url: string,
    headers: Record<string, string>,
    body?: string,
    signal?: AbortSignal,
  ): Promise<Answer>;
  /** Waits until this many queue polls are parked. */
  parked(count: number): Promise<void>;
}

/** What an element of a queue message says, as far as tests look. */
export interface JobMessage {
  readonly messageType: string;
  readonly runnerRequestId: number;
  readonly jobId: string;
  readonly [member: string]: unknown;
}

/** Speaks to the Actions Service with an admin token. Paths begin behind `/_apis/runtime`. */
export class AdminClient {
  readonly lab: LabService;
  readonly serviceUrl: string;
  token: string;

  constructor(lab: LabService, serviceUrl: string, token: string) {
    this.lab = lab;
    this.serviceUrl = serviceUrl;
    this.token = token;
  }

  call(method: string, path: string, body?: unknown, token = this.token): Promise<Answer> {
    const base = this.serviceUrl.replace(/\/$/, "");
    return this.lab.send(
      method,
      `${base}${path.startsWith("/_apis") ? path : `/_apis/runtime${path}`}`,
      { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body === undefined ? undefined : JSON.stringify(body),
    );
  }

  get(path: string): Promise<Answer> {
    return this.call("GET", path);
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.call("POST", path, body);
  }

  async scaleSet(
    name: string,
    labels: readonly string[] = [name],
    more: Record<string, unknown> = {},
  ): Promise<number> {
    const created = await this.post("/runnerscalesets", {
      name,
      labels: labels.map((label) => ({ type: "System", name: label })),
      RunnerSetting: {},
      createdOn: "0001-01-01T00:00:00Z",
      ...more,
    });
    return created.json.id as number;
  }

  async session(scaleSetId: number, ownerName = "host-1"): Promise<QueueClient> {
    const created = await this.post(`/runnerscalesets/${scaleSetId}/sessions`, {
      sessionId: "00000000-0000-0000-0000-000000000000",
      ownerName,
    });
    if (created.status !== 200) throw new Error(`no session: ${created.status} ${created.body}`);
    return new QueueClient(this, scaleSetId, created.json);
  }
}

/** Speaks to one scale set's queue. */
export class QueueClient {
  readonly admin: AdminClient;
  readonly scaleSetId: number;
  readonly sessionId: string;
  url: string;
  token: string;

  constructor(
    admin: AdminClient,
    scaleSetId: number,
    session: { readonly sessionId: string; readonly messageQueueUrl: string; readonly messageQueueAccessToken: string },
  ) {
    this.admin = admin;
    this.scaleSetId = scaleSetId;
    this.sessionId = session.sessionId;
    this.url = session.messageQueueUrl;
    this.token = session.messageQueueAccessToken;
  }

  get sessionPath(): string {
    return `/runnerscalesets/${this.scaleSetId}/sessions/${this.sessionId}`;
  }

  poll(
    options: { last?: number | string; capacity?: number | string | null; signal?: AbortSignal } = {},
  ): Promise<Answer> {
    const { last, capacity = 10, signal } = options;
    const url = last === undefined ? this.url : `${this.url}${this.url.includes("?") ? "&" : "?"}lastMessageId=${last}`;
    return this.admin.lab.send(
      "GET",
      url,
      {
        authorization: `Bearer ${this.token}`,
        accept: "application/json; api-version=6.0-preview",
        ...(capacity === null ? {} : { "X-ScaleSetMaxCapacity": String(capacity) }),
      },
      undefined,
      signal,
    );
  }

  /** Polls and gives up waiting at once: what would be there now. */
  async glance(options: { last?: number; capacity?: number } = {}): Promise<Answer | undefined> {
    const { lab } = this.admin;
    const parkedBefore = lab.model.parkedPollCount;
    const aborter = new AbortController();
    let answer: Answer | undefined;
    const polling = this.poll({ ...options, signal: aborter.signal }).then(
      (arrived) => (answer = arrived),
      () => undefined,
    );
    for (let turn = 0; answer === undefined && lab.model.parkedPollCount === parkedBefore; turn += 1) {
      if (turn > 20_000) throw new Error("the poll is neither answered nor parked");
      await setImmediate();
    }
    aborter.abort();
    await polling;
    if (answer === undefined) await lab.parked(parkedBefore);
    return answer;
  }

  ack(messageId: number): Promise<Answer> {
    const [path = "", query] = this.url.split("?");
    return this.admin.lab.send("DELETE", `${path}/${messageId}${query === undefined ? "" : `?${query}`}`, {
      authorization: `Bearer ${this.token}`,
      "content-type": "application/json",
    });
  }

  acquire(requestIds: readonly number[] | null): Promise<Answer> {
    return this.admin.call("POST", `/runnerscalesets/${this.scaleSetId}/acquirejobs`, requestIds, this.token);
  }
}

export function jobMessages(answer: Answer | undefined): JobMessage[] {
  return answer?.status === 200 ? (JSON.parse(answer.json.body as string) as JobMessage[]) : [];
}

export function typesOf(answer: Answer | undefined): string[] {
  return jobMessages(answer).map((message) => message.messageType);
}

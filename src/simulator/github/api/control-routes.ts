import { Refusal } from "../model/refusal.ts";
import { queueRawJob } from "../model/raw-job.ts";
import { jobTruthOf, truthOf } from "../model/truth.ts";
import type { WorkflowDesk } from "../model/workflow-desk.ts";
import type { GitHubModel } from "../model/github-model.ts";
import type { Conclusion } from "../model/records.ts";
import { type Call, intMember, member, stringMember } from "./call.ts";
import { empty, json, type Reply, text } from "./exchange.ts";
import type { Route, Surface } from "./router.ts";

/** Faults that can be started, listed and ended by request. */
export interface FaultControl {
  /** @throws {RangeError} unknown fault, or an option it does not know; the message says what exists. */
  start(request: Readonly<Record<string, unknown>>): unknown;
  list(): unknown;
  /** Ends one fault by its handle, all of one kind by its name, or all. @returns how many ended. */
  stop(name: string | undefined): number;
}

/**
 * The simulator's own interface: what a test or a person does to GitHub from outside. It has no token, so it is served on
 * loopback only, and only to programs: a page in a browser sends an Origin header or a host name of its own.
 */
export function controlRoutes(options: {
  readonly model: GitHubModel;
  readonly desk: WorkflowDesk;
  readonly faults: FaultControl;
  /** Text of a job's log by GUID; undefined when nothing arrived. */
  readonly log: (jobId: string) => string | undefined;
}): Route[] {
  const { model, desk, faults } = options;
  const route = (name: string, method: Route["method"], path: string, handle: (call: Call) => Reply): Route => ({
    name: `control.${name}`,
    method,
    path: `/_drover/${path}`,
    surface: controlSurface,
    handle: (call) => {
      const refusal = strangerRefusal(call);
      if (refusal !== undefined) return refusal;
      try {
        return handle(call);
      } catch (error) {
        if (error instanceof RangeError) return json(400, { error: error.message });
        throw error;
      }
    },
  });

  return [
    route("push", "POST", "push", (call) => push(model, desk, call)),
    route("truth", "GET", "truth", () => json(200, truthOf(model, desk.runs))),
    route("log", "GET", "truth/jobs/:job/log", (call) => {
      const job = jobTruthOf(model, desk.runs, call.param("job"));
      if (job === undefined) throw new Refusal("job-not-found", `There is no job ${call.param("job")}.`);
      return text(200, options.log(job.id) ?? "");
    }),
    route("job.queue", "POST", "jobs", (call) => {
      const body = bodyOf(call);
      const job = queueRawJob(model, {
        repository: stringMember(body, "repository") ?? defaultRepository(model),
        labels: stringsOf(member(body, "labels")),
        name: stringMember(body, "name"),
        runnerGroup: stringMember(body, "runnerGroup"),
        durationMs: intMember(body, "durationMs"),
        script: stringMember(body, "script"),
      });
      return json(201, { id: job.spec.jobId, restJobId: job.spec.restJobId, run: job.spec.runId });
    }),
    route("job.cancel", "POST", "jobs/:job/cancel", (call) => {
      model.cancelJob(jobId(model, call));
      return empty(204);
    }),
    route("job.finish", "POST", "jobs/:job/finish", (call) => {
      model.finishJob(jobId(model, call), { conclusion: conclusionOf(stringMember(bodyOf(call), "conclusion")) });
      return empty(204);
    }),
    route("runner.connect", "POST", "runners/:runner/connect", (call) => {
      model.connectRunner(Number(call.param("runner")));
      return empty(204);
    }),
    route("runner.disconnect", "POST", "runners/:runner/disconnect", (call) => {
      model.disconnectRunner(Number(call.param("runner")));
      return empty(204);
    }),
    route("runner.take", "POST", "runners/:runner/take", (call) => {
      const id = Number(call.param("runner"));
      const offered = model.offerFor(id);
      if (offered === undefined) throw new Refusal("job-not-found", `No job is held out to runner ${id}.`);
      return json(200, { id: model.takeJob(id, offered.spec.jobId).spec.jobId });
    }),
    route("run.cancel", "POST", "runs/:run/cancel", (call) => {
      desk.cancelRun(runId(model, desk, call));
      return empty(204);
    }),
    route("run.rerun-failed", "POST", "runs/:run/rerun-failed", (call) => {
      const run = completedRunId(model, desk, call);
      if (!desk.runs.jobsOfRun(run).some(isUnsuccessful)) {
        const message = `No job of run ${run} failed or was cancelled. Run it again as a whole, without --failed.`;
        throw new Refusal("run-state-differs", message);
      }
      desk.rerunFailed(run);
      return empty(204);
    }),
    route("run.rerun", "POST", "runs/:run/rerun", (call) => {
      desk.rerunAll(completedRunId(model, desk, call));
      return empty(204);
    }),
    route("app.add", "POST", "apps", (call) => json(201, addApp(model, bodyOf(call)))),
    route("faults.list", "GET", "faults", () => json(200, { faults: faults.list() })),
    route("faults.start", "POST", "faults", (call) => json(201, faults.start(bodyOf(call)))),
    route("faults.stop", "DELETE", "faults", (call) =>
      json(200, { ended: faults.stop(call.query.get("fault") ?? stringMember(bodyOf(call), "fault")) }),
    ),
    route("faults.stop-one", "DELETE", "faults/:fault", (call) =>
      json(200, { ended: faults.stop(call.param("fault")) }),
    ),
  ];
}

/**
 * A GitHub App with one installation, from the key that its owner keeps.
 *
 * @throws {RangeError} no key in it.
 */
function addApp(model: GitHubModel, body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const pem = stringMember(body, "publicKey") ?? "";
  const id = intMember(body, "id") ?? 1;
  const owner = stringMember(body, "owner") ?? defaultRepository(model).split("/")[0] ?? "";
  if (!model.tenants.exists({ kind: "organization", owner })) {
    throw new RangeError(`The simulator knows no owner "${owner}". Name the owner of a repository it serves.`);
  }
  let app;
  try {
    const clientId = stringMember(body, "clientId") ?? `Iv1.${id}`;
    app = model.credentials.addApp({ id, clientId, slug: stringMember(body, "slug") ?? `app-${id}`, pem });
  } catch {
    throw new RangeError("An App needs its RSA key in the member publicKey, as PEM.");
  }
  const installationId = intMember(body, "installationId") ?? id;
  model.credentials.addInstallation({ id: installationId, app, account: owner });
  return { id, clientId: app.clientId, slug: app.slug, installationId, owner };
}

const statuses: Readonly<Record<string, number>> = {
  "job-not-found": 404,
  "run-not-found": 404,
  "runner-not-found": 404,
  "scale-set-not-found": 404,
};

const controlSurface: Surface = {
  refuse: (refusal) => json(statuses[refusal.reason] ?? 409, { error: refusal.message }),
};

function strangerRefusal(call: Call): Reply | undefined {
  if (call.header("origin") !== undefined) {
    return json(403, {
      error: "The control interface answers programs only, no pages: requests with an Origin header are refused.",
    });
  }
  const host = (call.header("host") ?? new URL(call.origin).host).replace(/:\d+$/, "").toLowerCase();
  if (host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host)) return undefined;
  return json(403, {
    error: `The control interface answers on loopback only, and "${host}" is no loopback name. Use 127.0.0.1.`,
  });
}

function push(model: GitHubModel, desk: WorkflowDesk, call: Call): Reply {
  const body = bodyOf(call);
  const files = filesOf(member(body, "files"));
  const name = stringMember(body, "repository") ?? defaultRepository(model);
  const repository = model.tenants.repository(name);
  if (repository === undefined) {
    const served = [...model.tenants.repositories()].map(({ fullName }) => fullName);
    const others = name.includes("/") ? ` Start it with --repo ${name} to add it.` : "";
    throw new RangeError(`The simulator serves no repository "${name}", only ${served.join(", ")}.${others}`);
  }
  const inputs = member(body, "inputs");
  const result = desk.push({
    repository: repository.fullName,
    files,
    event: stringMember(body, "event"),
    inputs: typeof inputs === "object" && inputs !== null ? textsOf(inputs as Record<string, unknown>) : undefined,
    actor: stringMember(body, "actor"),
    sha: stringMember(body, "sha"),
    ref: stringMember(body, "ref"),
  });
  if (result.errors.length > 0) return json(422, { runs: result.runs, errors: result.errors, ignored: result.ignored });
  return json(201, { runs: result.runs, ignored: result.ignored });
}

function bodyOf(call: Call): Readonly<Record<string, unknown>> {
  const body = call.bodyObject();
  if (body === undefined) throw new RangeError("The request body must be a JSON object.");
  return body;
}

function defaultRepository(model: GitHubModel): string {
  const first = model.tenants.repositories().next();
  if (first.done) throw new RangeError("The simulator serves no repository; name one in the member repository.");
  return first.value.fullName;
}

function filesOf(value: unknown): { readonly path: string; readonly text: string }[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new RangeError("Nothing was pushed: the member files must be a list of {path, text}.");
  }
  return value.map((entry: unknown) => {
    const file = typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>) : {};
    const { path, text: content } = file;
    if (typeof path !== "string" || typeof content !== "string") {
      throw new RangeError("Every file of a push needs a path and its text.");
    }
    return { path, text: content };
  });
}

function textsOf(inputs: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (!Array.isArray(value) || value.length === 0 || !value.every((entry) => typeof entry === "string")) {
    throw new RangeError("A job needs labels: a name, or a list of names.");
  }
  return value as string[];
}

function jobId(model: GitHubModel, call: Call): string {
  const id = call.param("job");
  const job = model.jobs.find(/^\d+$/.test(id) ? Number(id) : id);
  if (job === undefined) throw new Refusal("job-not-found", `There is no job ${id} in the queue.`);
  return job.spec.jobId;
}

function runId(model: GitHubModel, desk: WorkflowDesk, call: Call): number {
  const text = call.param("run");
  const id = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (desk.runs.run(id) !== undefined || model.jobs.findByRunId(id) !== undefined) return id;
  const newest = desk.runs.runs().at(-1);
  const known = newest === undefined ? "There is none yet." : `The newest one is ${newest.id}, ${newest.workflow}.`;
  throw new Refusal("run-not-found", `There is no run ${text}. ${known}`);
}

function completedRunId(model: GitHubModel, desk: WorkflowDesk, call: Call): number {
  const id = runId(model, desk, call);
  const run = desk.runs.run(id);
  if (run === undefined || run.status === "completed") return id;
  const message = `Run ${id} is not over yet, so it cannot run again. Wait for its end, or cancel it first.`;
  throw new Refusal("run-state-differs", message);
}

function isUnsuccessful({ conclusion }: { readonly conclusion: string | null }): boolean {
  return conclusion === "failure" || conclusion === "cancelled";
}

function conclusionOf(text: string | undefined): Conclusion {
  const conclusion = text ?? "success";
  if (conclusion === "success" || conclusion === "failure" || conclusion === "cancelled" || conclusion === "skipped") {
    return conclusion;
  }
  throw new RangeError(`"${conclusion}" is no conclusion; use success, failure, cancelled or skipped.`);
}

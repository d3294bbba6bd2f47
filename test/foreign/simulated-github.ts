import { generateKeyPairSync, randomUUID } from "node:crypto";
import type { Call } from "../../src/simulator/github/api/call.ts";
import { type ApiResponse, mapReply } from "../../src/simulator/github/api/exchange.ts";
import { FaultBoard } from "../../src/simulator/faults/fault-board.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "../../src/simulator/index.ts";

/** A simulator on a real socket, what it was asked, and the faults that can be turned on. */
export class SimulatedGitHub {
  readonly simulator: Simulator;
  readonly faults: FaultBoard;
  /** The routes that were called, in order. */
  readonly calls: string[] = [];
  /** Paths, in order, without their query. */
  readonly paths: string[] = [];
  #jobCount = 0;
  #stopCounting: () => void = () => undefined;

  private constructor(simulator: Simulator) {
    this.simulator = simulator;
    this.faults = new FaultBoard({
      model: simulator.model,
      router: simulator.router,
      random: { next: () => 0.5 },
    });
    this.#count();
  }

  /** Turns a fault on, below what counts the calls: a call that a fault answers was made all the same. */
  startFault(request: Readonly<Record<string, unknown>>): void {
    this.#stopCounting();
    this.faults.start(request);
    this.#count();
  }

  /** Polls that have nothing to say are held for a fifth of a second here, because these tests keep real time. */
  static async start(options: SimulatorOptions = {}): Promise<SimulatedGitHub> {
    const simulator = await startSimulator({
      repositories: ["acme/widgets"],
      ...options,
      limits: { pollWindowMs: 200, ...options.limits },
    });
    return new SimulatedGitHub(simulator);
  }

  get model(): Simulator["model"] {
    return this.simulator.model;
  }

  url(path = "acme/widgets"): string {
    return `${this.simulator.url}/${path}`;
  }

  countOf(route: string): number {
    return this.calls.filter((call) => call === route).length;
  }

  forgetCalls(): void {
    this.calls.length = 0;
    this.paths.length = 0;
  }

  /** Changes what one route answers, once. */
  changeOnce(route: string, change: (response: ApiResponse) => ApiResponse): void {
    const off = this.simulator.router.intercept((call: Call, next) => {
      if (call.route !== route) return next();
      off();
      return mapReply(next(), change);
    });
  }

  /** Queues a job without a workflow file. */
  queueJob(options: { readonly labels: readonly string[]; readonly script?: string; readonly name?: string }): string {
    this.#jobCount += 1;
    const jobId = randomUUID();
    this.model.queueJob({
      jobId,
      restJobId: this.#jobCount,
      runId: this.#jobCount,
      attempt: 1,
      repository: "acme/widgets",
      name: options.name ?? `job-${this.#jobCount}`,
      labels: options.labels,
      runnerGroup: undefined,
      workflowName: "ci",
      workflowRef: "acme/widgets/.github/workflows/ci.yml@refs/heads/main",
      event: "push",
      actor: "octo",
      timeoutMinutes: 360,
      durationMs: undefined,
      script: options.script,
      fromWorkflow: false,
    });
    return jobId;
  }

  /** A GitHub App that is installed on `acme`, in the form the Go client wants it. */
  addApp(): { readonly ClientID: string; readonly InstallationID: number; readonly PrivateKey: string } {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const app = this.model.credentials.addApp({ id: 7, clientId: "Iv1.test", slug: "drover-test", pem: privateKey });
    this.model.credentials.addInstallation({ id: 42, app, account: "acme" });
    return { ClientID: app.clientId, InstallationID: 42, PrivateKey: privateKey };
  }

  #count(): void {
    this.#stopCounting = this.simulator.router.intercept((call, next) => {
      this.calls.push(call.route);
      this.paths.push(call.request.path);
      return next();
    });
  }

  close(): Promise<void> {
    this.faults.stop();
    return this.simulator.close();
  }
}

import type { Io } from "../frame/io.ts";
import { CliError } from "../frame/cli-error.ts";
import type { Truth } from "../simulator/truth.ts";
import type { Leftovers } from "./leftovers.ts";
import type { Narrator } from "./narrator.ts";
import { instant, pictureOf, type Picture } from "./picture.ts";
import { cancelledOnPurpose, samplePools } from "./sample.ts";
import type { PushedRun, Stage } from "./stage.ts";
import { complaints, summarize, type DemoSummary } from "./summary.ts";

export interface DemoEnd {
  readonly summary: DemoSummary;
  /** Empty when everything is as promised. */
  readonly faults: readonly string[];
  readonly picture: Picture;
}

/** What is told before anything runs. */
export const openingAct = "starting a GitHub in a box, and a Drover that knows only its URL";

const lookMs = 250;
const drawMs = 125;
/** Jobs that are not over by then are lost; runners that are not gone by then are leaked. */
const jobsDeadlineMs = 50_000;
const cleanDeadlineMs = 15_000;
/** How long the soak job is seen running before it is cancelled. */
const soakMs = 6_000;

/**
 * Tells the whole story on an opened stage: push, watch, cancel one job, wait until everything is gone, count. What it counts
 * comes from the simulator's truth and from looking at this machine, never from the controller.
 *
 * @throws {CliError} a process of the demo ended by itself.
 * @throws the signal's reason when `signal` fires.
 */
export async function runDemo(
  stage: Stage,
  options: { readonly narrator: Narrator; readonly io: Io; readonly beganAtMs: number; readonly signal: AbortSignal },
): Promise<DemoEnd> {
  const { io, narrator, beganAtMs, signal } = options;
  let act = openingAct;
  let truth: Truth = { jobs: [], runners: [] };
  const picture = () => pictureOf(truth, { nowMs: io.nowMs(), beganAtMs, act, pools: samplePools });

  const [runs] = await Promise.all([stage.push(signal), stage.startController()]);
  const jobCount = runs.reduce((sum, run) => sum + run.jobs.length, 0);
  act = `acme/widgets, ${runs.length} workflows: ${jobCount} jobs and more to come`;

  const soak = soakOf(runs);
  let soakIsCancelled = false;
  const startMs = io.nowMs();
  let doneAtMs: number | undefined;
  let leftovers: Leftovers | undefined;
  for (let lookAtMs = 0; ;) {
    if (io.nowMs() >= lookAtMs) {
      signal.throwIfAborted();
      stage.assertAlive();
      truth = await stage.truth(signal);
      lookAtMs = io.nowMs() + lookMs;
      if (!soakIsCancelled && soakHasRun(truth, io.nowMs())) {
        soakIsCancelled = true;
        await stage.cancelRun(soak, signal);
      }
      if (truth.jobs.every((job) => job.status === "completed")) {
        doneAtMs ??= io.nowMs();
        act = "every job is over; the runners go";
        leftovers = await stage.leftovers(truth);
        if (isClean(leftovers) || io.nowMs() - doneAtMs > cleanDeadlineMs) break;
      } else if (io.nowMs() - startMs > jobsDeadlineMs) {
        leftovers = await stage.leftovers(truth);
        break;
      }
    }
    narrator.show(picture());
    await sleep(drawMs, signal);
  }
  act = isClean(leftovers) ? "every job is over, every runner is gone" : "not everything came to its end";
  const summary = summarize(truth, leftovers);
  return { summary, faults: complaints(truth, summary, leftovers), picture: picture() };
}

function soakOf(runs: readonly PushedRun[]): number | string {
  const run = runs.find(({ jobs }) => jobs.some((job) => job.name === cancelledOnPurpose));
  if (run === undefined) throw new CliError("The sample project has no job to cancel.");
  return run.id;
}

function soakHasRun(truth: Truth, nowMs: number): boolean {
  const soak = truth.jobs.find((job) => job.name === cancelledOnPurpose && job.status === "in_progress");
  const startedAtMs = instant(soak?.startedAt ?? null);
  return startedAtMs !== undefined && nowMs - startedAtMs >= soakMs;
}

function isClean({ processes, directories, registrations }: Leftovers): boolean {
  return processes.length + directories.length + registrations.length === 0;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

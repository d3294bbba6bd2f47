import type { Clock } from "../../core/ports/clock.ts";
import { endCgroup, removeCgroup } from "./cgroup-end.ts";
import type { CgroupMaker } from "./cgroup.ts";
import { StopError } from "./errors.ts";
import { existsSync } from "node:fs";
import type { MarkScanner } from "./marks.ts";
import { abandonStart, readLife } from "./observe.ts";
import { boundedPauses, type Pauses } from "./pauses.ts";
import type { InstancePlace } from "./place.ts";
import { bootId, isAlive, type ProcessIdentity } from "./process-identity.ts";
import type { InstanceRecord } from "./record.ts";
import { removePlace } from "./remove-tree.ts";

interface EndingTools {
  readonly clock: Clock;
  readonly cgroups: CgroupMaker;
  readonly scanner: MarkScanner;
  /** How long the runner may take to leave by itself after SIGTERM. */
  readonly graceMs: number;
}

/** How long processes may take to die of SIGKILL before the stop is given up for this time. */
const killMs = 15_000;

/**
 * Ends an instance and removes every trace of it. Each step may be repeated, so a stop that was cut off anywhere is finished by the
 * next one; the directory goes last, because by it `listOwned` knows that something is left.
 *
 * @throws {StopError} something would not die or be removed.
 */
export async function endInstance(
  place: InstancePlace,
  record: InstanceRecord | undefined,
  tools: EndingTools,
): Promise<void> {
  const { clock, cgroups, scanner, graceMs } = tools;
  const signal = new AbortController().signal;
  const pauses = boundedPauses(clock, { totalMs: killMs, longestMs: 50, signal });
  await abandonStart(place);
  const sameRun = record === undefined || record.bootId === bootId;
  const life = sameRun ? await readLife(place) : undefined;
  if (life?.runner !== undefined && (await isAlive(life.runner))) {
    signalProcess(life.runner, "SIGTERM");
    await waitForEnd(life.runner, boundedPauses(clock, { totalMs: graceMs, longestMs: 50, signal }));
  }
  // First the keeper, which may be about to join its cgroup or to start the runner. With a pid namespace it is process 1 in there, and
  // the kernel ends the others before this one is gone.
  if (life?.keeper !== undefined && (await isAlive(life.keeper))) {
    signalProcess(life.keeper, "SIGKILL");
    if (!(await waitForEnd(life.keeper, pauses))) throw undying(place, [life.keeper.pid]);
  }
  const { tracking, directories } = cgroups.of(place.directory);
  const tracked = tracking !== undefined && existsSync(tracking);
  const contained = record?.contained === true;
  // A keeper that has not yet said who it is can only be found by its marks.
  const knownKeeper = life?.keeper !== undefined;
  if (sameRun && !(knownKeeper && (tracked || contained))) {
    const left = await endMarked(place, scanner, pauses);
    if (left.length > 0) throw undying(place, left);
  }
  if (tracked) {
    const left = await endCgroup(tracking, pauses);
    if (left.length > 0) throw undying(place, left);
  }
  for (const directory of directories) {
    if (!(await removeCgroup(directory, pauses))) {
      throw new StopError(`The cgroup ${directory} of runner ${place.runner} stays busy. Drover tries again.`);
    }
  }
  await removePlace(place);
}

/** Two empty scans in a row: a process that is born in the middle of one is seen by the next. */
async function endMarked(place: InstancePlace, scanner: MarkScanner, pauses: Pauses): Promise<readonly number[]> {
  let emptyScans = 0;
  let left: readonly ProcessIdentity[] = [];
  for (const pause of pauses()) {
    left = await scanner.find(place.directory);
    emptyScans = left.length === 0 ? emptyScans + 1 : 0;
    if (emptyScans === 2) return [];
    for (const identity of left) if (await isAlive(identity)) signalProcess(identity, "SIGKILL");
    if (left.length > 0) await pause();
  }
  return left.map(({ pid }) => pid);
}

async function waitForEnd(identity: ProcessIdentity, pauses: Pauses): Promise<boolean> {
  for (const pause of pauses()) {
    if (!(await isAlive(identity))) return true;
    await pause();
  }
  return !(await isAlive(identity));
}

function signalProcess(identity: ProcessIdentity, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(identity.pid, name);
  } catch {
    // It ended in this moment, or it is not ours to signal: whoever waits for its end will tell.
  }
}

function undying(place: InstancePlace, pids: readonly number[]): StopError {
  return new StopError(
    `Processes of runner ${place.runner} do not end: ${pids.slice(0, 10).join(", ")}. Drover tries again. ` +
      "A process in state D waits for a device or a network file system; one of another user can only be ended by root.",
  );
}

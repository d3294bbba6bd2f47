import { constants } from "node:os";
import { open, readFile, stat } from "node:fs/promises";
import type { InstanceEnd } from "../../core/ports/provider.ts";
import { systemCode } from "./errors.ts";
import { readLastLines } from "./log-tail.ts";
import type { MarkScanner } from "./marks.ts";
import type { InstancePlace } from "./place.ts";
import { bootId, isAlive, type ProcessIdentity } from "./process-identity.ts";
import type { InstanceRecord } from "./record.ts";

/** What stands in `life`, written by the keeper line by line; a line counts when it is complete. */
export interface Life {
  readonly keeper: ProcessIdentity | undefined;
  /** The last one started; the official listener may be started again after its update. */
  readonly runner: ProcessIdentity | undefined;
  readonly exitStatus: number | undefined;
  /** Claimed by a Drover that found the start cut short: nothing was started, and nothing will be. */
  readonly abandoned: boolean;
}

export type Observation =
  | { readonly phase: "starting" }
  | { readonly phase: "running"; readonly alive: ProcessIdentity }
  | { readonly phase: "ended"; readonly end: InstanceEnd };

export function parseLife(text: string): Life {
  let keeper: ProcessIdentity | undefined;
  let runner: ProcessIdentity | undefined;
  let exitStatus: number | undefined;
  let abandoned = false;
  for (const line of text.split("\n").slice(0, -1)) {
    const [word, first = "", startTicks] = line.split(" ");
    const identity = startTicks === undefined ? undefined : { pid: Number(first), startTicks };
    if (word === "abandoned") abandoned = true;
    if (word === "keeper") keeper = identity;
    if (word === "runner") runner = identity;
    if (word === "exit") exitStatus ??= Number(first);
  }
  return { keeper, runner, exitStatus, abandoned };
}

/** Undefined when nobody has claimed the start yet. */
export async function readLife(place: InstancePlace): Promise<Life | undefined> {
  try {
    return parseLife(await readFile(place.life, "utf8"));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Claims the start so that nothing is ever started here. False when a keeper, or another Drover, was first. */
export async function abandonStart(place: InstancePlace): Promise<boolean> {
  try {
    const handle = await open(place.life, "wx", 0o600);
    await handle.writeFile("abandoned\n");
    await handle.close();
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * What an instance does now, from its files and /proc alone, whoever launched it. The exit status is looked at before and after
 * the processes: a keeper writes it down first and goes then.
 *
 * @throws a system error when something cannot be read; nothing may be concluded then.
 */
export async function observe(
  place: InstancePlace,
  record: InstanceRecord | undefined,
  scanner: MarkScanner,
): Promise<Observation> {
  // No process is older than the machine's present run. Without a record, pids that mean other processes now are told apart by
  // their start time alone.
  const sameRun = record === undefined || record.bootId === bootId;
  let life = await readLife(place);
  if (life === undefined) {
    if (sameRun && record !== undefined && (await isAlive(record.launcher))) return { phase: "starting" };
    await abandonStart(place);
    life = await readLife(place);
  }
  if (life === undefined || life.abandoned || life.exitStatus !== undefined) return ended(place, life?.exitStatus);
  if (sameRun) {
    const { keeper, runner } = life;
    if (runner !== undefined && (await isAlive(runner))) return { phase: "running", alive: runner };
    if (keeper !== undefined && (await isAlive(keeper))) {
      return runner === undefined ? { phase: "starting" } : { phase: "running", alive: keeper };
    }
    if (keeper === undefined && (await scanner.find(place.directory)).length > 0) return { phase: "starting" };
  }
  return ended(place, (await readLife(place))?.exitStatus);
}

async function ended(place: InstancePlace, exitStatus: number | undefined): Promise<Observation> {
  // Without an exit status nobody saw the end; the last output is the last sign of life.
  const sign = exitStatus === undefined ? place.log : place.life;
  const endedAtMs = (await modifiedAtMs(sign)) ?? (await modifiedAtMs(place.directory)) ?? 0;
  return { phase: "ended", end: { endedAtMs, ...exitOf(exitStatus), lastLines: await readLastLines(place.log) } };
}

/**
 * A shell reports death by signal n as 128 + n; so does a program that catches the signal and leaves politely (.NET on SIGTERM), which
 * means the same to whoever reads it.
 */
export function exitOf(status: number | undefined): { exitCode: number | null; signal: string | null } {
  if (status === undefined) return { exitCode: null, signal: null };
  const signal = Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];
  return signal === undefined ? { exitCode: status, signal: null } : { exitCode: null, signal };
}

async function modifiedAtMs(path: string): Promise<number | undefined> {
  try {
    return Math.round((await stat(path)).mtimeMs);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

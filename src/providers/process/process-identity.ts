import { readFile } from "node:fs/promises";
import { readFileSync } from "node:fs";

/** A process for good: the kernel gives a pid away again, but never with the same start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between the machine's start and the process's (proc_pid_stat(5), field 22). */
  readonly startTicks: string;
}

export interface ProcessStat extends ProcessIdentity {
  /** One letter of proc_pid_stat(5), field 3. */
  readonly state: string;
}

/** The machine's current run. Identities of an earlier one say nothing about processes of this one. */
export const bootId: string = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

/** Undefined when there is no such process. */
export async function readProcessStat(pid: number): Promise<ProcessStat | undefined> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  return parseProcessStat(text);
}

/** The name in field 2 may hold spaces and parentheses, so fields are counted from the last parenthesis. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const startTicks = fields[19];
  if (!Number.isInteger(pid) || state === undefined || startTicks === undefined) return undefined;
  return { pid, startTicks, state };
}

/** A zombie has ended: it only waits for somebody to take its exit status. */
export function hasEnded(stat: ProcessStat): boolean {
  return stat.state === "Z" || stat.state === "X";
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const stat = await readProcessStat(identity.pid);
  return stat !== undefined && stat.startTicks === identity.startTicks && !hasEnded(stat);
}

/** This process itself. */
export const ownIdentity: ProcessIdentity = (() => {
  const own = parseProcessStat(readFileSync("/proc/self/stat", "latin1"));
  if (own === undefined) throw new Error("The process provider needs Linux with /proc mounted.");
  return { pid: own.pid, startTicks: own.startTicks };
})();

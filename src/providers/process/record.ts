import { z } from "zod";
import { readFile } from "node:fs/promises";
import { systemCode } from "./errors.ts";
import type { InstancePlace } from "./place.ts";

const identity = z.object({ pid: z.number().int(), startTicks: z.string() });

/** What is known of an instance before anything of it runs. Never holds a credential. */
const instanceRecord = z.object({
  version: z.literal(1),
  installation: z.string(),
  pool: z.string(),
  runner: z.string(),
  launchedAtMs: z.number(),
  /** The machine's run in which it was launched; no process outlives it. */
  bootId: z.string(),
  /** The Drover that launched it. While it lives and nothing was started, the start may still come. */
  launcher: identity,
  /** True when the keeper is the first process of a pid namespace, whose end is everybody's end. */
  contained: z.boolean(),
});
export type InstanceRecord = z.infer<typeof instanceRecord>;

const mark = "# record: ";

/** The record as the first line of the keeper's script, so that it costs no file of its own. */
export function recordLine(record: InstanceRecord): string {
  return `${mark}${JSON.stringify(record)}`;
}

/**
 * Undefined when the keeper's text does not begin with a record. A power cut can leave an empty file behind, because records are not flushed to the
 * disk: no process outlives a power cut, so all that must survive is the directory, which still says whose it is.
 */
export function parseRecord(text: string): InstanceRecord | undefined {
  try {
    const [line = ""] = text.split("\n", 1);
    return line.startsWith(mark) ? instanceRecord.parse(JSON.parse(line.slice(mark.length))) : undefined;
  } catch {
    return undefined;
  }
}

export async function readRecord(place: InstancePlace): Promise<InstanceRecord | "gone" | "unreadable"> {
  try {
    return parseRecord(await readFile(place.keeper, "utf8")) ?? "unreadable";
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "gone";
    throw error;
  }
}

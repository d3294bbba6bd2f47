import { appendFile, open, stat, truncate } from "node:fs/promises";
import { systemCode } from "./errors.ts";

const lastLinesCount = 20;
const lastLineLength = 400;
// A line of 400 characters takes at most 4 bytes each.
const lastLinesBytes = lastLinesCount * lastLineLength * 4;

/** The last `maxBytes` of a text file, starting at a whole character; undefined when there is no such file. */
export async function readTail(file: string, maxBytes: number): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(file, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const length = Math.max(0, Math.min(size, maxBytes));
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await handle.read(buffer, 0, length, size - length);
    let start = 0;
    if (size > length) while (start < bytesRead && ((buffer[start] ?? 0) & 0xc0) === 0x80) start++;
    return buffer.toString("utf8", start, bytesRead);
  } finally {
    await handle.close();
  }
}

/**
 * Keeps an instance's output in bounds: a file that has outgrown `maxBytes` is cut down to its last `keptBytes`. The runner appends
 * to it meanwhile; what it writes in just that moment may be lost.
 */
export async function boundLog(file: string, maxBytes: number, keptBytes: number): Promise<void> {
  try {
    if ((await stat(file)).size <= maxBytes) return;
    const kept = await readTail(file, keptBytes);
    await truncate(file);
    await appendFile(file, `drover: earlier output was dropped\n${kept ?? ""}`);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

/** The last lines of an instance's output as a post-mortem keeps them. */
export async function readLastLines(file: string): Promise<readonly string[]> {
  const tail = await readTail(file, lastLinesBytes);
  return tail === undefined ? [] : lastLinesOf(tail);
}

/** At most 20 lines of 400 characters, oldest first; a longer line keeps its beginning. */
export function lastLinesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  if (lines.at(-1) === "") lines.pop();
  return lines.slice(-lastLinesCount).map((line) => [...line].slice(0, lastLineLength).join(""));
}

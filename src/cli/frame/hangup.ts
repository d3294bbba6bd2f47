import { readFileSync } from "node:fs";

const sighup = 1;

/**
 * Whether this process was started to outlive its terminal, by nohup for example: then SIGHUP is ignored, and must stay so, although
 * listening to it would undo that. False where the system does not tell.
 *
 * @param status text of /proc/self/status, see proc_pid_status(5).
 */
export function ignoresHangup(status: string = ownStatus()): boolean {
  const [, mask] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return mask !== undefined && (BigInt(`0x${mask}`) & (1n << BigInt(sighup - 1))) !== 0n;
}

function ownStatus(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return "";
  }
}

import type { Io } from "../frame/io.ts";
import { controlCall, jsonOf } from "./control.ts";

/** What the simulator knows to be true: `GET /_drover/truth`. */
export interface Truth {
  readonly jobs: readonly TruthJob[];
  readonly runners: readonly TruthRunner[];
}

export interface TruthJob {
  readonly id: string;
  readonly run: number | string | null;
  readonly workflow: string | null;
  readonly name: string;
  readonly runsOn: readonly string[];
  readonly status: string;
  readonly conclusion: string | null;
  readonly runner: string | null;
  readonly attempt: number;
  readonly steps: readonly { readonly name: string; readonly conclusion: string | null }[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly queuedAt: string | null;
  readonly assignedAt: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

export interface TruthRunner {
  readonly name: string;
  readonly pool: string;
  readonly registeredAt: string | null;
  readonly goneAt: string | null;
}

export async function fetchTruth(url: string, io: Io): Promise<Truth> {
  return jsonOf<Truth>(await controlCall(url, { method: "GET", path: "/_drover/truth" }, io));
}

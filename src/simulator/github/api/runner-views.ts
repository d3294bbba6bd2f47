import type { GitHubModel } from "../model/github-model.ts";
import type { Runner } from "../model/records.ts";

/** Whether lists show a runner as busy. GitHub's flag can lag behind the start of a job; the refusal to delete does not. */
export function isShownBusy(model: GitHubModel, runner: Runner): boolean {
  return (
    runner.phase.kind === "busy" && model.nowMs() - runner.phase.sinceMs >= model.kernel.behaviour.busyLagMs(runner)
  );
}

/** A runner as the REST interface writes it. */
export function restRunner(model: GitHubModel, runner: Runner): Readonly<Record<string, unknown>> {
  const { phase } = runner;
  const isConnected = phase.kind === "online" || (phase.kind === "busy" && phase.connected);
  return {
    id: runner.id,
    name: runner.name,
    os: runner.spec.os,
    status: isConnected ? "online" : "offline",
    busy: isShownBusy(model, runner),
    ephemeral: runner.spec.ephemeral,
    runner_group_id: runner.spec.groupId,
    version: runner.spec.version,
    labels: labelViews(runner.spec.labels),
  };
}

/** Labels as the REST interface writes them. */
export function labelViews(labels: readonly string[]): Readonly<Record<string, unknown>>[] {
  return labels.map((name, index) => ({ id: index + 1, name, type: isSystemLabel(name) ? "read-only" : "custom" }));
}

/** Whether GitHub gives the label itself and lets nobody take it away. */
export function isSystemLabel(name: string): boolean {
  return systemLabels.has(name.toLowerCase());
}

const systemLabels = new Set(["self-hosted", "linux", "macos", "windows", "x64", "x86", "arm", "arm64"]);

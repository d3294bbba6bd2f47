import type { DemandSourceState } from "../../core/ports/demand-source.ts";
import { DemandSourceError } from "../../core/ports/errors.ts";
import { isServiceError, troubleCode } from "../../scale-set/index.ts";

/**
 * What the listener reports, in words for whoever runs Drover: what Drover does now and what the reader can do.
 *
 * @param missingLabels of the pool, which GitHub did not keep.
 */
export function toldState(state: DemandSourceState, missingLabels: readonly string[] = []): DemandSourceState {
  if (state.kind === "connected" && missingLabels.length > 0) {
    return { ...state, defect: { code: "labels-missing", message: labelsMissing(missingLabels) } };
  }
  if (state.kind !== "retrying") return state;
  return { ...state, message: advised(state.code, state.message) };
}

/** Why the pool's scale set could not be looked up or made, in the same words. */
export function startTrouble(error: unknown): DemandSourceError {
  const code = isServiceError(error, "RunnerGroupNotFound") ? "runner-group-missing" : troubleCode(error);
  return new DemandSourceError(code, advised(code, error instanceof Error ? error.message : String(error)), {
    cause: error,
  });
}

function labelsMissing(labels: readonly string[]): string {
  return (
    `GitHub did not keep these labels of the pool: ${labels.join(", ")}. Jobs that ask for one of them never reach it; others do. ` +
    "An older GitHub Enterprise Server keeps one label a scale set: make a pool for each label, or upgrade the server."
  );
}

function advised(code: string, message: string): string {
  const advice = adviceOn[code];
  return advice === undefined ? message : `${advice} GitHub's answer: ${message}`;
}

const adviceOn: Readonly<Record<string, string>> = {
  "session-conflict":
    "Another listener holds the session of this pool's scale set. After an unclean end GitHub frees it within about 90 s, and Drover goes on asking. " +
    "If it stays held, a second Drover serves this pool: stop one of the two, or give it other pools.",
  "runner-group-missing":
    "GitHub shows no runner group of the name in the pool's runnerGroup, and Drover goes on asking. Make the group, let the pool's credential see it, or correct runnerGroup.",
  unauthorized:
    "GitHub does not accept the pool's credential, and Drover goes on asking. Give it a token that is valid, or the App its current private key: a file is read again, a variable of the environment only at a restart.",
  forbidden:
    "GitHub does not let the pool's credential manage self-hosted runners here, and Drover goes on asking. Grant it that permission.",
  "not-found":
    "GitHub does not know the pool's scope, or does not show it to the pool's credential, and Drover goes on asking. Check the spelling of the scope and what the credential was granted.",
};

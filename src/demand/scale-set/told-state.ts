import type { DemandSourceState } from "../../core/ports/demand-source.ts";

/** What the listener reports, in words for whoever runs Drover: what Drover does now and what the reader can do. */
export function toldState(state: DemandSourceState): DemandSourceState {
  if (state.kind !== "retrying") return state;
  const advice = adviceOn[state.code];
  return advice === undefined ? state : { ...state, message: `${advice} GitHub's answer: ${state.message}` };
}

const adviceOn: Readonly<Record<string, string>> = {
  "session-conflict":
    "Another listener holds the session of this pool's scale set. After an unclean end GitHub frees it within about 90 s, and Drover goes on asking. " +
    "If it stays held, a second Drover serves this pool: stop one of the two, or give it other pools.",
  unauthorized:
    "GitHub does not accept the pool's credential, and Drover goes on asking. Give it a token that is valid, or the App its current private key.",
  forbidden:
    "GitHub does not let the pool's credential manage self-hosted runners here, and Drover goes on asking. Grant it that permission.",
  "not-found":
    "GitHub does not know the pool's scope, or does not show it to the pool's credential, and Drover goes on asking. Check the spelling of the scope and what the credential was granted.",
};

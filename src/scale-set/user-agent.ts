import { encodeJson } from "./json.ts";

/** What the embedding program tells GitHub about itself with every request. ASCII only: it travels in a header. */
export interface SystemIdentity {
  /** Name of the program, for example `drover`. */
  readonly system: string;
  readonly version?: string;
  readonly commitSha?: string;
  /** 0 until the scale set is known. */
  readonly scaleSetId?: number;
  /** Part of the program, for example `listener`. */
  readonly subsystem?: string;
  /** Version of this library; default `devel`. */
  readonly buildVersion?: string;
  /** Default `unknown`. */
  readonly buildCommitSha?: string;
}

/** Value of the `User-Agent` header: compact JSON, its members in the order GitHub's own client uses. */
export function userAgent(identity: SystemIdentity): string {
  const value = encodeJson({
    system: identity.system,
    version: identity.version ?? "",
    commit_sha: identity.commitSha ?? "",
    scale_set_id: identity.scaleSetId ?? 0,
    subsystem: identity.subsystem ?? "",
    build_version: identity.buildVersion ?? "devel",
    build_commit_sha: identity.buildCommitSha ?? "unknown",
    kind: "scaleset",
  });
  return value.replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

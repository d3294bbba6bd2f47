import type { Scope } from "../model/scope.ts";
import type { Call } from "./call.ts";

/** The three prefixes under which most runner calls exist, each with the way to its scope. */
export const scopePaths: readonly {
  readonly kind: Scope["kind"];
  readonly prefix: string;
  readonly scopeOf: (call: Call) => Scope;
}[] = [
  {
    kind: "repository",
    prefix: "/repos/:owner/:repo",
    scopeOf: (call) => ({ kind: "repository", owner: call.param("owner"), repository: call.param("repo") }),
  },
  {
    kind: "organization",
    prefix: "/orgs/:owner",
    scopeOf: (call) => ({ kind: "organization", owner: call.param("owner") }),
  },
  {
    kind: "enterprise",
    prefix: "/enterprises/:enterprise",
    scopeOf: (call) => ({ kind: "enterprise", enterprise: call.param("enterprise") }),
  },
];

/** What a call at a scope takes: the permission of an App or of a fine-grained token. */
export interface Need {
  readonly permission: string;
  readonly access: "read" | "write";
}

export function runnerNeed(scope: Scope, access: Need["access"]): Need {
  return { permission: scope.kind === "repository" ? "administration" : "organization_self_hosted_runners", access };
}

/** What GitHub says an endpoint wants. */
export function permissionHeader({ permission, access }: Need): Readonly<Record<string, string>> {
  return { "x-accepted-github-permissions": `${permission}=${access}` };
}

import type { GitHubModel } from "../model/github-model.ts";
import type { Runner } from "../model/records.ts";
import type { Scope } from "../model/scope.ts";
import type { Tenant } from "../model/tenants.ts";
import type { Call } from "./call.ts";
import type { Route } from "./router.ts";

/** What the routes of one kind of scope share. */
export interface RunnerRouteTools {
  readonly model: GitHubModel;
  readonly scopeKind: Scope["kind"];
  readonly route: (name: string, method: Route["method"], path: string, handle: Route["handle"]) => Route;
  /** The tenant of a call. @throws {Refusal} the call may not use it. */
  readonly tenantFor: (call: Call, access: "read" | "write") => Tenant;
  /** The runner that a call names. @throws {Refusal} the call may not use it, or it is not there. */
  readonly wanted: (call: Call, access: "read" | "write") => Runner;
  readonly header: (call: Call, access: "read" | "write") => Readonly<Record<string, string>>;
}

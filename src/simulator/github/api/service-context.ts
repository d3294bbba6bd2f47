import type { GitHubModel } from "../model/github-model.ts";
import type { QueueAnswer, Runner } from "../model/records.ts";
import { Refusal } from "../model/refusal.ts";
import type { Scope } from "../model/scope.ts";
import type { Tenant } from "../model/tenants.ts";
import type { Call } from "./call.ts";

/** Makes the JIT configuration of a runner that was just registered. It may take a moment: a key has to be made. */
export interface JitConfigIssuer {
  /**
   * @param onIssued called once, possibly before `issue` returns, with the value of `encodedJITConfig`.
   */
  issue(
    runner: Runner,
    wire: { readonly origin: string; readonly gitHubUrl: string },
    onIssued: (encodedJitConfig: string) => void,
  ): void;
}

/** What the handlers of the service share. */
export interface ServiceContext {
  readonly model: GitHubModel;
  readonly jitConfigs: JitConfigIssuer;
  /** Who waits for the answer of a parked queue poll, by ticket. */
  readonly parkedPolls: Map<number, { settle(answer: QueueAnswer): void }>;
}

/** The tenant that an admin token speaks for. @throws {Refusal} "bad-admin-token" */
export function tenantOfAdmin(context: ServiceContext, call: Call): Tenant {
  const { tenant } = context.model.tokens.admin(call.credential("Bearer") ?? "");
  if (call.tenantNumber !== undefined && call.tenantNumber !== tenant.number) {
    throw new Refusal("bad-admin-token", "The access token belongs to another tenant.");
  }
  return tenant;
}

/** Absolute URL of the Actions Service for a tenant, as the registration call hands it out. */
export function serviceUrl(context: ServiceContext, tenant: Tenant, origin: string): string {
  return origin + context.model.flavour.servicePath.replace("{tenant}", String(tenant.number));
}

/** The page of a scope, as a configuration URL would name it. */
export function pageOf(scope: Scope, origin: string): string {
  switch (scope.kind) {
    case "repository":
      return `${origin}/${scope.owner}/${scope.repository}`;
    case "organization":
      return `${origin}/${scope.owner}`;
    case "enterprise":
      return `${origin}/enterprises/${scope.enterprise}`;
    default:
      return scope satisfies never;
  }
}

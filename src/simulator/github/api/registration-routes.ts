import { Refusal } from "../model/refusal.ts";
import { scopeKey, scopeOfConfigUrl } from "../model/scope.ts";
import { restInstant } from "../model/time-and-chance.ts";
import { stringMember } from "./call.ts";
import { json } from "./exchange.ts";
import { allowedTenant, credentialIfAny, restError, restSurface } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { permissionHeader, runnerNeed, scopePaths } from "./scope-paths.ts";
import { type ServiceContext, serviceUrl } from "./service-context.ts";

/**
 * From a REST token to the Actions Service: registration and removal tokens, and the exchange.
 *
 * @see scale set wire specification, section 2
 */
export function registrationRoutes(context: ServiceContext): Route[] {
  const { model } = context;
  const surface = restSurface(model);

  const tokenRoutes = scopePaths.flatMap(({ prefix, scopeOf }) =>
    (["register", "remove"] as const).map((purpose): Route => {
      const last = purpose === "register" ? "registration-token" : "remove-token";
      return {
        name: `registration.${purpose}-token`,
        method: "POST",
        path: `${prefix}/actions/runners/${last}`,
        surface,
        handle: (call) => {
          const scope = scopeOf(call);
          const need = runnerNeed(scope, "write");
          if (credentialIfAny(model, call) === undefined) throw new Refusal("bad-credentials", "Bad credentials");
          const issued = model.tokens.issueRegistration(allowedTenant(model, call, scope, need), purpose);
          return json(
            201,
            { token: issued.token, expires_at: restInstant(issued.expiresAtMs) },
            permissionHeader(need),
          );
        },
      };
    }),
  );

  return [
    ...tokenRoutes,
    {
      name: "registration.exchange",
      method: "POST",
      path: "/actions/runner-registration",
      surface,
      handle: (call) => {
        const body = call.bodyObject();
        const url = body === undefined ? undefined : stringMember(body, "url");
        const event = (body === undefined ? undefined : stringMember(body, "runner_event")) ?? "register";
        const purpose = event === "remove" ? "remove" : "register";
        const token = model.tokens.registration(call.credential("RemoteAuth") ?? "", purpose);
        const scope = url === undefined ? undefined : scopeOfConfigUrl(url);
        if (scope === undefined)
          return restError(400, "The member url must name a repository, organization or enterprise.");
        if (scopeKey(scope) !== token.tenant.key) {
          throw new Refusal("registration-scope-differs", "The registration token was made for another scope.");
        }
        const admin = model.tokens.issueAdmin(token.tenant);
        return json(200, {
          url: serviceUrl(context, token.tenant, call.origin),
          token: admin.token,
          token_schema: "OAuthAccessToken",
          use_v2_flow: true,
        });
      },
    },
  ];
}

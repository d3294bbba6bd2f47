import { Refusal } from "../model/refusal.ts";
import { scopeKey, scopeOfConfigUrl } from "../model/scope.ts";
import { restInstant } from "../model/time-and-chance.ts";
import { type Call, stringMember } from "./call.ts";
import { empty, json } from "./exchange.ts";
import { allowedTenant, budgetsOf, credentialIfAny, restError, restSurface } from "./rest-surface.ts";
import type { Route } from "./router.ts";
import { runnerPermission, scopePaths } from "./scope-paths.ts";
import { type ServiceContext, serviceUrl } from "./service-context.ts";

/**
 * From a personal token or an App to the Actions Service: installation, registration and removal tokens, and the exchange.
 *
 * @see scale set wire specification, section 2
 */
export function registrationRoutes(context: ServiceContext): Route[] {
  const { model } = context;
  const surface = restSurface(model);
  const appOf = (call: Call) => model.credentials.appOfAssertion(call.credential("Bearer") ?? "");
  const installationView = (id: number, account: string) => ({
    id,
    account: { login: account, type: "Organization" },
    target_type: "Organization",
    repository_selection: "all",
    suspended_at: null,
    permissions: installationPermissions,
    events: ["workflow_job"],
  });

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
          if (credentialIfAny(model, call) === undefined) throw new Refusal("bad-credentials", "Bad credentials");
          const issued = model.tokens.issueRegistration(allowedTenant(model, call, scope), purpose);
          return json(
            201,
            { token: issued.token, expires_at: restInstant(issued.expiresAtMs) },
            runnerPermission(scope, "write"),
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
    {
      name: "app.get",
      method: "GET",
      path: "/app",
      surface,
      handle: (call) => {
        const app = appOf(call);
        return json(200, { id: app.id, client_id: app.clientId, slug: app.slug, permissions: installationPermissions });
      },
    },
    {
      name: "app.installations",
      method: "GET",
      path: "/app/installations",
      surface,
      handle: (call) =>
        json(
          200,
          model.credentials.installations(appOf(call)).map(({ id, account }) => installationView(id, account)),
        ),
    },
    {
      name: "app.installation",
      method: "GET",
      path: "/app/installations/:installation",
      surface,
      handle: (call) => {
        const { id, account } = model.credentials.installation(appOf(call), Number(call.param("installation")));
        return json(200, installationView(id, account));
      },
    },
    // "Get a repository (an organization) installation for the authenticated app": how an App finds where it is installed.
    ...["/repos/:owner/:repo", "/orgs/:owner"].map((prefix): Route => ({
      name: "app.installation-of-scope",
      method: "GET",
      path: `${prefix}/installation`,
      surface,
      handle: (call) => {
        const owner = call.param("owner").toLowerCase();
        const found = model.credentials
          .installations(appOf(call))
          .find(({ account }) => account.toLowerCase() === owner);
        if (found === undefined) throw new Refusal("scope-not-found", "Not Found");
        return json(200, installationView(found.id, found.account));
      },
    })),
    {
      name: "app.installation-token",
      method: "POST",
      path: "/app/installations/:installation/access_tokens",
      surface,
      handle: (call) => {
        const installation = model.credentials.installation(appOf(call), Number(call.param("installation")));
        const { token, expiresAtMs } = model.credentials.mintInstallationToken(installation);
        return json(201, {
          token,
          expires_at: restInstant(expiresAtMs),
          permissions: installationPermissions,
          repository_selection: "all",
        });
      },
    },
    {
      name: "rest.rate-limit",
      method: "GET",
      path: "/rate_limit",
      surface,
      handle: (call) => {
        const credential = credentialIfAny(model, call);
        if (credential === undefined) throw new Refusal("bad-credentials", "Bad credentials");
        const resources = budgetsOf(model, credential);
        return json(200, { resources, rate: resources["core"] });
      },
    },
    {
      name: "app.revoke-token",
      method: "DELETE",
      path: "/installation/token",
      surface,
      handle: (call) => {
        const credential = credentialIfAny(model, call);
        if (credential === undefined) throw new Refusal("bad-credentials", "Bad credentials");
        model.credentials.revoke(credential);
        return empty(204);
      },
    },
  ];
}

const installationPermissions = {
  actions: "write",
  administration: "write",
  metadata: "read",
  organization_self_hosted_runners: "write",
};

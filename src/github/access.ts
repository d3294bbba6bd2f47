import type { Clock } from "../core/ports/clock.ts";
import type { RegistryList } from "../core/ports/runner-registry.ts";
import type { Transport } from "../core/ports/transport.ts";
import { AppTokenSource } from "../scale-set/app-token.ts";
import { PatTokenSource } from "../scale-set/pat-token.ts";
import type { Log } from "../scale-set/ports.ts";
import { ScaleSetClient } from "../scale-set/scale-set-client.ts";
import type { TokenSource } from "../scale-set/token-source.ts";
import { userAgent, type SystemIdentity } from "../scale-set/user-agent.ts";
import { Budget, type BudgetView } from "./budget.ts";
import { CachedTokenSource } from "./cached-token.ts";
import { RereadTokenSource } from "./reread-token.ts";
import { RestClient } from "./rest-client.ts";
import { listRunners } from "./runners.ts";
import { resolveScope, type Scope } from "./scope.ts";
import { SharedListing } from "./shared-listing.ts";
import { isPublicScope } from "./visibility.ts";

/** One attempt of an ordinary call; polls have their own, longer bound. A call that hangs is then tried again, not waited for. */
const attemptTimeoutMs = 30_000;

/** A credential with its secret in hand. */
export type UsableCredential = (
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "app"; readonly clientId: string; readonly privateKey: string; readonly installationId?: number }
) & {
  /** Reads the token or the private key anew, after GitHub refused it. Absent where it cannot change while Drover runs. */
  readonly reread?: () => Promise<string>;
};

export interface GitHubAccessOptions {
  readonly githubUrl: string;
  readonly forceGhes: boolean;
  /** By the names of the configuration. */
  readonly credentials: Readonly<Record<string, UsableCredential>>;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Drover's own version, told to GitHub. */
  readonly version: string;
  readonly log?: Log;
}

/** What the pools of one scope and credential share: one client, one token, one budget, one list of runners. */
export interface ScopeAccess {
  readonly client: ScaleSetClient;
  readonly runners: { list(options: { readonly signal: AbortSignal }): Promise<RegistryList> };
  /** Whether strangers can propose jobs; `unknown` when GitHub does not say in time. */
  visibility(options: { readonly signal: AbortSignal }): Promise<"public" | "private" | "unknown">;
}

/** GitHub as Drover reaches it: each token is minted once, and each credential's budget sees every REST call. */
export class GitHubAccess {
  readonly #options: GitHubAccessOptions;
  readonly #scopes = new Map<string, ScopeAccess>();
  /** By credential, and for an App by account. */
  readonly #budgets = new Map<string, Budget>();

  constructor(options: GitHubAccessOptions) {
    this.#options = options;
  }

  /** @throws {TypeError} no such credential, or one that its scope does not take. */
  at(scopeText: string, credentialName: string): ScopeAccess {
    const key = JSON.stringify([scopeText.toLowerCase(), credentialName]);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const access = this.#open(scopeText, credentialName);
    this.#scopes.set(key, access);
    return access;
  }

  /** What each credential may still spend, an App's at each account; those that have asked for nothing yet are left out. */
  budgets(): readonly (BudgetView & { readonly credential: string; readonly account?: string })[] {
    return [...this.#budgets].map(([key, budget]) => {
      const [credential = "", account = ""] = JSON.parse(key) as string[];
      return { credential, ...(account === "" ? {} : { account }), ...budget.view() };
    });
  }

  #open(scopeText: string, credentialName: string): ScopeAccess {
    const { githubUrl, forceGhes, clock, version, log } = this.#options;
    const scope = resolveScope(githubUrl, scopeText, { forceGhes });
    const identity: SystemIdentity = { system: "drover", version, subsystem: "controller" };
    const transport = this.#budget(credentialName, scope);
    const tokenSource = new CachedTokenSource(this.#tokenSource(scope, credentialName, transport, identity), clock);
    const client = new ScaleSetClient({
      configUrl: scope.configUrl,
      tokenSource,
      transport,
      clock,
      identity,
      retry: { attemptTimeoutMs },
      ...(log === undefined ? {} : { log }),
    });
    const rest = new RestClient({
      restBase: scope.restBase,
      tokenSource,
      transport,
      clock,
      userAgent: userAgent(identity),
    });
    return {
      client,
      runners: new SharedListing(async (options) => {
        const listed = await listRunners(rest, scope, options);
        return listed.map(({ id, name, online, busy }) => ({ id, runner: name, online, busy }));
      }, clock),
      visibility: async (options) => {
        try {
          const isPublic = await isPublicScope(rest, scope, options);
          return isPublic === undefined ? "unknown" : isPublic ? "public" : "private";
        } catch {
          return "unknown";
        }
      },
    };
  }

  #budget(credentialName: string, scope: Scope): Budget {
    const { transport, clock, credentials } = this.#options;
    // GitHub counts a token's calls together, an App's by the account where it is installed.
    const account = credentials[credentialName]?.kind === "app" ? accountOf(scope) : "";
    const key = JSON.stringify([credentialName, account]);
    const known = this.#budgets.get(key);
    if (known !== undefined) return known;
    const budget = new Budget(transport, { clock, restBase: scope.restBase });
    this.#budgets.set(key, budget);
    return budget;
  }

  #tokenSource(scope: Scope, credentialName: string, transport: Transport, identity: SystemIdentity): TokenSource {
    const credential = this.#options.credentials[credentialName];
    if (credential === undefined) throw new TypeError(`There is no credential "${credentialName}".`);
    const { clock } = this.#options;
    const make = (secret: string): TokenSource =>
      credential.kind === "token"
        ? new PatTokenSource(secret)
        : new AppTokenSource({
            configUrl: scope.configUrl,
            credentials: { ...credential, privateKey: secret },
            transport,
            clock,
            userAgent: userAgent(identity),
          });
    const secret = credential.kind === "token" ? credential.token : credential.privateKey;
    const { reread } = credential;
    return reread === undefined ? make(secret) : new RereadTokenSource({ secret, reread, make });
  }
}

/** The organization, user or enterprise that the scope belongs to. */
function accountOf({ configUrl: { scope } }: Scope): string {
  const name =
    scope.kind === "repository" ? scope.owner : scope.kind === "organization" ? scope.organization : scope.enterprise;
  return name.toLowerCase();
}

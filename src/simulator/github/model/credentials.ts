import type { KeyObject } from "node:crypto";
import { publicKeyOf, signHs256, unverifiedClaims, verifyRs256 } from "./json-web-token.ts";
import type { Kernel } from "./kernel.ts";
import { Refusal } from "./refusal.ts";
import { type Scope, scopeKey } from "./scope.ts";
import { randomHex } from "./time-and-chance.ts";

/** A GitHub App with the key that signs its assertions. */
export interface App {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  readonly publicKey: KeyObject;
}

export interface Installation {
  readonly id: number;
  readonly app: App;
  /** The account it is installed on: an owner. */
  readonly account: string;
}

/** Access by permission, `actions: "read"` for example. */
export type Permissions = Readonly<Record<string, string>>;

/** What every App here was given where it is installed. */
export const installationPermissions: Permissions = {
  actions: "write",
  administration: "write",
  metadata: "read",
  organization_self_hosted_runners: "write",
};

/** What an installation token is narrowed to; members that are left out narrow nothing. */
export interface TokenWish {
  readonly repositories?: ReadonlySet<string> | undefined;
  readonly permissions?: Permissions | undefined;
}

/** Whoever stands behind a REST bearer token. */
export interface RestCredential {
  readonly kind: "personal" | "installation";
  /** Stable per token: budgets and entity tags are bound to it. */
  readonly token: string;
  readonly expiresAtMs: number | undefined;
  /** Keys of the scopes it may use; undefined for all. */
  readonly scopeKeys: ReadonlySet<string> | undefined;
  /** Owners whose every scope it may use; undefined when `scopeKeys` says it all. */
  readonly owner: string | undefined;
  /** Full names in lower case of the only repositories it reaches; undefined for all that `owner` or `scopeKeys` allow. */
  readonly repositories?: ReadonlySet<string> | undefined;
  /** What it may do; undefined for everything. */
  readonly permissions?: Permissions | undefined;
  /** Requests left in the current hour, by resource. The tokens of one installation share them. */
  readonly budgets: Map<string, { used: number; resetAtMs: number }>;
}

/** Personal tokens, Apps and their installation tokens. */
export class Credentials {
  readonly #kernel: Kernel;
  readonly #byToken = new Map<string, RestCredential>();
  readonly #apps = new Map<string, App>();
  readonly #installations = new Map<number, Installation>();
  readonly #installationBudgets = new Map<number, RestCredential["budgets"]>();
  #mintedCount = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** @param scopes where the token may be used; everywhere when left out. */
  addPersonalToken(token: string, scopes?: readonly Scope[]): void {
    this.#byToken.set(token, {
      kind: "personal",
      token,
      expiresAtMs: undefined,
      scopeKeys: scopes === undefined ? undefined : new Set(scopes.map(scopeKey)),
      owner: undefined,
      budgets: new Map(),
    });
  }

  /** @param pem the App's RSA key, public or private; only its public part is kept. */
  addApp(app: { readonly id: number; readonly clientId: string; readonly slug: string; readonly pem: string }): App {
    const kept: App = { id: app.id, clientId: app.clientId, slug: app.slug, publicKey: publicKeyOf(app.pem) };
    // An App signs with its client id or with its number; both name it.
    this.#apps.set(app.clientId, kept);
    this.#apps.set(String(app.id), kept);
    return kept;
  }

  addInstallation(installation: Installation): void {
    this.#installations.set(installation.id, installation);
  }

  /**
   * Who a REST bearer token belongs to.
   *
   * @throws {Refusal} "bad-credentials": unknown or expired.
   */
  restCredential(token: string): RestCredential {
    const known = this.#byToken.get(token);
    if (known === undefined) throw new Refusal("bad-credentials", "Bad credentials");
    if (known.expiresAtMs !== undefined && known.expiresAtMs <= this.#kernel.nowMs()) {
      this.#byToken.delete(token);
      throw new Refusal("bad-credentials", "Bad credentials");
    }
    return known;
  }

  /** Whether the credential may act at `scope`. */
  mayUse(credential: RestCredential, scope: Scope): boolean {
    if (credential.owner !== undefined) {
      return scope.kind !== "enterprise" && scope.owner.toLowerCase() === credential.owner;
    }
    return credential.scopeKeys === undefined || credential.scopeKeys.has(scopeKey(scope));
  }

  /** Whether the credential reaches the repository of a scope; an organization or enterprise is never hidden. */
  sees(credential: RestCredential, scope: Scope): boolean {
    if (credential.repositories === undefined || scope.kind !== "repository") return true;
    return credential.repositories.has(`${scope.owner}/${scope.repository}`.toLowerCase());
  }

  /** Whether the credential was given a permission, with at least the access that is needed. */
  isPermitted(credential: RestCredential, need: { readonly permission: string; readonly access: string }): boolean {
    const given = credential.permissions?.[need.permission];
    return credential.permissions === undefined || given === "write" || (given === "read" && need.access === "read");
  }

  /**
   * The App that signed an assertion.
   *
   * @throws {Refusal} "bad-credentials": unknown issuer, wrong signature, expired, or valid for too long.
   * @see scale set wire specification, section 2.3: 540 s of life, backdated by 60 s
   */
  appOfAssertion(assertion: string): App {
    const claimed = unverifiedClaims(assertion)?.["iss"];
    const app = this.#apps.get(String(claimed));
    const claims = app === undefined ? undefined : verifyRs256(assertion, app.publicKey);
    if (app === undefined || claims === undefined) {
      throw new Refusal("bad-credentials", "A JSON web token could not be decoded");
    }
    const { exp, iat } = claims;
    const nowS = Math.floor(this.#kernel.nowMs() / 1000);
    if (typeof exp !== "number" || typeof iat !== "number" || !Number.isInteger(exp) || !Number.isInteger(iat)) {
      throw new Refusal("bad-credentials", "'Expiration time' claim ('exp') must be a numeric value");
    }
    if (exp <= nowS) {
      throw new Refusal("bad-credentials", "'Expiration time' claim ('exp') must be in the future");
    }
    if (exp > nowS + 600) {
      throw new Refusal("bad-credentials", "'Expiration time' claim ('exp') is too far in the future");
    }
    if (iat >= exp || exp - iat > 660) {
      throw new Refusal("bad-credentials", "'Issued at' claim ('iat') must lie at most 11 minutes before 'exp'");
    }
    if (iat > nowS + 60) {
      throw new Refusal("bad-credentials", "'Issued at' claim ('iat') must be an Integer representing the time issued");
    }
    return app;
  }

  /** @throws {Refusal} "scope-not-found": no such installation of this App. */
  installation(app: App, installationId: number): Installation {
    const installation = this.#installations.get(installationId);
    if (installation === undefined || installation.app.id !== app.id) {
      throw new Refusal("scope-not-found", "Not Found");
    }
    return installation;
  }

  installations(app: App): readonly Installation[] {
    return [...this.#installations.values()].filter((installation) => installation.app.id === app.id);
  }

  /**
   * Mints an installation token, in both of GitHub's forms by turns: forty characters, or `ghs_<app>_<jwt>`, which is long and has dots.
   */
  mintInstallationToken(
    installation: Installation,
    wish: TokenWish = {},
  ): { readonly token: string; readonly expiresAtMs: number } {
    const nowMs = this.#kernel.nowMs();
    const expiresAtMs = nowMs + this.#kernel.limits.installationTokenMs;
    this.#forgetExpired(nowMs);
    this.#mintedCount += 1;
    const unique = randomHex(this.#kernel.random, 36);
    const token =
      this.#mintedCount % 2 === 1
        ? `ghs_${unique}`
        : `ghs_${installation.app.id}_${signHs256({ iss: "github", sub: String(installation.id), jti: unique, exp: Math.floor(expiresAtMs / 1000) }, unique)}`;
    this.#byToken.set(token, {
      kind: "installation",
      token,
      expiresAtMs,
      scopeKeys: undefined,
      owner: installation.account.toLowerCase(),
      repositories: wish.repositories,
      permissions: wish.permissions ?? installationPermissions,
      budgets: this.#budgetsOf(installation),
    });
    return { token, expiresAtMs };
  }

  #budgetsOf(installation: Installation): RestCredential["budgets"] {
    let budgets = this.#installationBudgets.get(installation.id);
    if (budgets === undefined) {
      budgets = new Map();
      this.#installationBudgets.set(installation.id, budgets);
    }
    return budgets;
  }

  revoke(credential: RestCredential): void {
    this.#byToken.delete(credential.token);
  }

  #forgetExpired(nowMs: number): void {
    for (const [token, credential] of this.#byToken) {
      if (credential.expiresAtMs !== undefined && credential.expiresAtMs <= nowMs) this.#byToken.delete(token);
    }
  }
}

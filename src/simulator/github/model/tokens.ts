import { signHs256 } from "./json-web-token.ts";
import type { Kernel } from "./kernel.ts";
import { Refusal } from "./refusal.ts";
import type { QueueToken, Session } from "./records.ts";
import type { Tenant } from "./tenants.ts";
import { randomGuid, randomHex } from "./time-and-chance.ts";

interface Issued {
  readonly token: string;
  readonly issuedAtMs: number;
  expiresAtMs: number;
}

export interface RegistrationToken extends Issued {
  readonly tenant: Tenant;
  readonly purpose: "register" | "remove";
}

export interface AdminToken extends Issued {
  readonly tenant: Tenant;
}

/**
 * Registration, admin and queue tokens. A token is looked up whole among those that were issued, so one changed character
 * makes it unknown; its kind decides where it may be used.
 */
export class Tokens {
  readonly #kernel: Kernel;
  readonly #secret: string;
  readonly #registration = new Map<string, RegistrationToken>();
  readonly #admin = new Map<string, AdminToken>();
  readonly #queue = new Map<string, QueueToken>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#secret = randomHex(kernel.random, 64);
  }

  issueRegistration(tenant: Tenant, purpose: RegistrationToken["purpose"]): RegistrationToken {
    const token = `A${randomHex(this.#kernel.random, 28).toUpperCase()}`;
    return this.#keep(this.#registration, {
      token,
      tenant,
      purpose,
      ...this.#life(this.#kernel.limits.registrationTokenMs),
    });
  }

  issueAdmin(tenant: Tenant): AdminToken {
    const life = this.#life(this.#kernel.limits.adminTokenMs);
    const token = this.#sign({ tenant: tenant.number, scp: "Actions.ScaleSets.Manage" }, life);
    return this.#keep(this.#admin, { token, tenant, ...life });
  }

  issueQueue(session: Session): QueueToken {
    const life = this.#life(this.#kernel.limits.queueTokenMs);
    if (this.#kernel.behaviour.refreshRevokesOlderTokens) this.revokeQueue(session);
    const token = this.#sign({ scaleSetId: session.scaleSet.id, sessionId: session.id }, life);
    return this.#keep(this.#queue, { token, session, ...life });
  }

  /** @throws {Refusal} "bad-registration-token": unknown, expired, or made for something else. */
  registration(token: string, purpose?: RegistrationToken["purpose"]): RegistrationToken {
    const issued = this.#registration.get(token);
    if (issued === undefined || !this.#isAlive(issued) || (purpose !== undefined && issued.purpose !== purpose)) {
      throw new Refusal("bad-registration-token", "The registration token is unknown or expired.");
    }
    return issued;
  }

  /** @throws {Refusal} "bad-admin-token": unknown or expired. */
  admin(token: string): AdminToken {
    const issued = this.#admin.get(token);
    if (issued === undefined || !this.#isAlive(issued)) {
      throw new Refusal("bad-admin-token", "The access token is unknown or expired.");
    }
    return issued;
  }

  /** @throws {Refusal} "bad-queue-token": unknown, expired, or its session is over. */
  queue(token: string): QueueToken {
    const issued = this.#queue.get(token);
    if (issued === undefined || !this.#isAlive(issued)) {
      throw new Refusal("bad-queue-token", "The message queue access token is unknown or expired.");
    }
    const { session } = issued;
    if (session.scaleSet.session !== session || session.held) {
      throw new Refusal("bad-queue-token", "The message queue access token belongs to a session that is over.");
    }
    return issued;
  }

  /** The scale set that a bearer of any kind stands for, dead or alive; for faults that are aimed at one scale set. */
  scaleSetIdOf(token: string): number | undefined {
    return this.#queue.get(token)?.session.scaleSet.id;
  }

  /** The instant from which the token is refused. */
  refusedFromMs(issued: Issued): number {
    return Math.min(issued.expiresAtMs, issued.issuedAtMs + this.#kernel.behaviour.tokenLifetimeCapMs);
  }

  /** Ends the life of every queue token of a session, or of all sessions. */
  revokeQueue(session?: Session): void {
    for (const [token, issued] of this.#queue) {
      if (session === undefined || issued.session === session) this.#queue.delete(token);
    }
  }

  /** Ends the life of every admin token. */
  revokeAdmin(): void {
    this.#admin.clear();
  }

  #life(durationMs: number): { readonly issuedAtMs: number; expiresAtMs: number } {
    const issuedAtMs = this.#kernel.nowMs();
    return { issuedAtMs, expiresAtMs: issuedAtMs + durationMs };
  }

  #isAlive(issued: Issued): boolean {
    return this.refusedFromMs(issued) > this.#kernel.nowMs();
  }

  #sign(claims: Readonly<Record<string, unknown>>, life: { readonly issuedAtMs: number; expiresAtMs: number }): string {
    return signHs256(
      {
        ...claims,
        jti: randomGuid(this.#kernel.random),
        iat: Math.floor(life.issuedAtMs / 1000),
        exp: Math.floor(life.expiresAtMs / 1000),
      },
      this.#secret,
    );
  }

  #keep<T extends Issued>(shelf: Map<string, T>, issued: T): T {
    // One shelf holds tokens of one lifetime, so the oldest entries are the first to expire.
    for (const [token, old] of shelf) {
      if (old.expiresAtMs > issued.issuedAtMs) break;
      shelf.delete(token);
    }
    shelf.set(issued.token, issued);
    return issued;
  }
}

import { Refusal } from "./refusal.ts";
import { type Scope, scopeKey } from "./scope.ts";

/** A repository that the simulated GitHub knows. */
export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
}

/** A group of runners inside a tenant. Group 1 is the default. */
export interface RunnerGroup {
  readonly id: number;
  readonly name: string;
  readonly visibility: "all" | "private" | "selected";
  /** Numbers of the repositories that may use a group whose visibility is `selected`. */
  readonly repositoryIds: ReadonlySet<number>;
  readonly allowsPublicRepositories: boolean;
}

/** A group as it is made: every private repository may use it. */
export function newGroup(id: number, name: string): RunnerGroup {
  return { id, name, visibility: "all", repositoryIds: new Set(), allowsPublicRepositories: false };
}

/** Everything that is registered at one scope. */
export interface Tenant {
  /** From 1, in the order of first use; part of service URLs of one flavour. */
  readonly number: number;
  readonly key: string;
  readonly scope: Scope;
  readonly groups: Map<number, RunnerGroup>;
}

/** Who exists: repositories, their owners, and enterprises with the owners in them. */
export class Tenants {
  readonly #repositories = new Map<string, Repository>();
  readonly #owners = new Map<string, string>();
  readonly #enterprises = new Map<string, { readonly name: string; readonly owners: Set<string> }>();
  readonly #tenants = new Map<string, Tenant>();
  readonly #byNumber: Tenant[] = [];
  readonly #coverage = new Map<string, boolean>();
  /** The default group of every tenant has number 1. */
  #lastGroupId = 1;

  /** @param fullName owner and name with a slash between. A repeated call returns the same repository. */
  addRepository(fullName: string): Repository {
    const key = fullName.toLowerCase();
    const known = this.#repositories.get(key);
    if (known !== undefined) return known;
    const [owner, name, ...rest] = fullName.split("/");
    if (!owner || !name || rest.length > 0) {
      throw new RangeError(`"${fullName}" is no repository. Write it as owner/name, for example acme/widgets.`);
    }
    const repository = { id: 1000 + this.#repositories.size, owner, name, fullName };
    this.#repositories.set(key, repository);
    if (!this.#owners.has(owner.toLowerCase())) this.#owners.set(owner.toLowerCase(), owner);
    return repository;
  }

  addOrganization(owner: string): void {
    if (!this.#owners.has(owner.toLowerCase())) this.#owners.set(owner.toLowerCase(), owner);
  }

  addEnterprise(enterprise: string, owners: readonly string[]): void {
    for (const owner of owners) this.addOrganization(owner);
    this.#enterprises.set(enterprise.toLowerCase(), {
      name: enterprise,
      owners: new Set(owners.map((owner) => owner.toLowerCase())),
    });
    this.#coverage.clear();
  }

  repository(fullName: string): Repository | undefined {
    return this.#repositories.get(fullName.toLowerCase());
  }

  repositoryById(id: number): Repository | undefined {
    for (const repository of this.#repositories.values()) if (repository.id === id) return repository;
    return undefined;
  }

  repositories(): IterableIterator<Repository> {
    return this.#repositories.values();
  }

  exists(scope: Scope): boolean {
    switch (scope.kind) {
      case "repository":
        return this.#repositories.has(`${scope.owner}/${scope.repository}`.toLowerCase());
      case "organization":
        return this.#owners.has(scope.owner.toLowerCase());
      case "enterprise":
        return this.#enterprises.has(scope.enterprise.toLowerCase());
      default:
        return scope satisfies never;
    }
  }

  /**
   * The tenant of a scope; made at its first use.
   *
   * @throws {Refusal} "scope-not-found": no such repository, organization or enterprise.
   */
  at(scope: Scope): Tenant {
    const key = scopeKey(scope);
    const known = this.#tenants.get(key);
    if (known !== undefined) return known;
    if (!this.exists(scope)) throw new Refusal("scope-not-found", "Not Found");
    const tenant: Tenant = {
      number: this.#byNumber.length + 1,
      key,
      scope,
      groups: new Map([[1, newGroup(1, "Default")]]),
    };
    this.#tenants.set(key, tenant);
    this.#byNumber.push(tenant);
    return tenant;
  }

  all(): readonly Tenant[] {
    return this.#byNumber;
  }

  /** Adds a runner group to a tenant; an existing name (ignoring case) gives the existing group. */
  addRunnerGroup(tenant: Tenant, name: string): RunnerGroup {
    const existing = this.groupNamed(tenant, name);
    if (existing !== undefined) return existing;
    const group = newGroup(this.nextGroupId(), name);
    tenant.groups.set(group.id, group);
    return group;
  }

  /** Numbers of groups ascend and are never used again. */
  nextGroupId(): number {
    this.#lastGroupId += 1;
    return this.#lastGroupId;
  }

  /** Names of groups differ by more than their case. */
  groupNamed(tenant: Tenant, name: string): RunnerGroup | undefined {
    for (const group of tenant.groups.values()) {
      if (group.name.toLowerCase() === name.toLowerCase()) return group;
    }
    return undefined;
  }

  /** Whether jobs of `repository` (owner and name) may use a group. */
  groupServes(tenant: Tenant, groupId: number, repository: string): boolean {
    const group = tenant.groups.get(groupId);
    if (group?.visibility !== "selected") return true;
    const id = this.repository(repository)?.id;
    return id !== undefined && group.repositoryIds.has(id);
  }

  /** Whether runners registered at `tenant` may run jobs of `repository` (owner and name). */
  covers(tenant: Tenant, repository: string): boolean {
    const key = `${tenant.key}\n${repository}`;
    const known = this.#coverage.get(key);
    if (known !== undefined) return known;
    const covered = this.#computeCovers(tenant.scope, repository.toLowerCase());
    this.#coverage.set(key, covered);
    return covered;
  }

  #computeCovers(scope: Scope, repository: string): boolean {
    const owner = repository.slice(0, repository.indexOf("/"));
    switch (scope.kind) {
      case "repository":
        return `${scope.owner}/${scope.repository}`.toLowerCase() === repository;
      case "organization":
        return scope.owner.toLowerCase() === owner;
      case "enterprise":
        return this.#enterprises.get(scope.enterprise.toLowerCase())?.owners.has(owner) ?? false;
      default:
        return scope satisfies never;
    }
  }
}

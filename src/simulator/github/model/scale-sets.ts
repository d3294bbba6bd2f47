import type { Kernel } from "./kernel.ts";
import { ScaleSet, type ScaleSetLabel } from "./records.ts";
import { Refusal } from "./refusal.ts";
import type { Tenant } from "./tenants.ts";

/** What a caller may set. Left out, empty or 0 means "not said". */
export interface ScaleSetWish {
  readonly name?: string | undefined;
  readonly groupId?: number | undefined;
  readonly labels?: readonly { readonly type: string; readonly name: string }[] | undefined;
  readonly disableUpdate?: boolean | undefined;
}

/** The scale sets of all tenants, by number and by name. */
export class ScaleSets {
  readonly #kernel: Kernel;
  readonly #byId = new Map<number, ScaleSet>();
  #lastId = 0;
  #lastLabelId = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /**
   * @throws {Refusal} "scale-set-exists": the name is taken in the group; "runner-group-not-found"; "scale-set-invalid": no name.
   */
  create(tenant: Tenant, wish: ScaleSetWish): ScaleSet {
    const name = wish.name ?? "";
    if (name === "") throw new Refusal("scale-set-invalid", "A runner scale set must have a name.");
    const groupId = wish.groupId || 1;
    this.#checkPlace(tenant, name, groupId, undefined);
    this.#lastId += 1;
    const scaleSet = new ScaleSet({
      id: this.#lastId,
      tenant,
      createdAtMs: this.#kernel.nowMs(),
      name,
      groupId,
      labels: this.#labels(name, wish.labels ?? []),
      disableUpdate: wish.disableUpdate ?? false,
      firstMessageId: this.#kernel.flavour.firstMessageId,
      messagesMax: this.#kernel.limits.messagesMax,
    });
    this.#byId.set(scaleSet.id, scaleSet);
    return scaleSet;
  }

  /** Changes what the wish says and nothing else. @throws {Refusal} as `create`. */
  update(scaleSet: ScaleSet, wish: ScaleSetWish): void {
    const name = wish.name || scaleSet.name;
    const groupId = wish.groupId || scaleSet.groupId;
    this.#checkPlace(scaleSet.tenant, name, groupId, scaleSet);
    scaleSet.name = name;
    scaleSet.groupId = groupId;
    if (wish.labels !== undefined && wish.labels.length > 0) scaleSet.labels = this.#labels(name, wish.labels);
    if (wish.disableUpdate !== undefined) scaleSet.disableUpdate = wish.disableUpdate;
    scaleSet.servesLane.clear();
    this.#kernel.touched.add(scaleSet);
  }

  remove(scaleSet: ScaleSet): void {
    scaleSet.deleted = true;
    this.#byId.delete(scaleSet.id);
  }

  /**
   * @param tenant when given, scale sets of other tenants count as unknown.
   * @throws {Refusal} "scale-set-not-found"
   */
  get(id: number, tenant?: Tenant): ScaleSet {
    const scaleSet = this.#byId.get(id);
    if (scaleSet === undefined || (tenant !== undefined && scaleSet.tenant !== tenant)) {
      throw new Refusal("scale-set-not-found", `No runner scale set found with identifier ${id}.`);
    }
    return scaleSet;
  }

  all(): IterableIterator<ScaleSet> {
    return this.#byId.values();
  }

  find(
    tenant: Tenant,
    filter: { readonly name?: string | undefined; readonly groupId?: number | undefined },
  ): ScaleSet[] {
    const name = filter.name?.toLowerCase();
    const found: ScaleSet[] = [];
    for (const scaleSet of this.#byId.values()) {
      if (scaleSet.tenant !== tenant) continue;
      if (name !== undefined && scaleSet.name.toLowerCase() !== name) continue;
      if (filter.groupId !== undefined && scaleSet.groupId !== filter.groupId) continue;
      found.push(scaleSet);
    }
    return found;
  }

  #checkPlace(tenant: Tenant, name: string, groupId: number, self: ScaleSet | undefined): void {
    if (!tenant.groups.has(groupId)) {
      throw new Refusal("runner-group-not-found", `No runner group found with identifier ${groupId}.`);
    }
    if (this.find(tenant, { name, groupId }).some((other) => other !== self)) {
      throw new Refusal("scale-set-exists", `The runner scale set ${name} already exists.`);
    }
  }

  #labels(name: string, wished: readonly { readonly type: string; readonly name: string }[]): ScaleSetLabel[] {
    const kept = wished.length === 0 || !this.#kernel.flavour.customLabels ? [{ type: "System", name }] : wished;
    return kept.map((label) => {
      this.#lastLabelId += 1;
      return { id: this.#lastLabelId, type: label.type || "System", name: label.name };
    });
  }
}

import { isServiceError, type RunnerScaleSet, type ScaleSetClient } from "../../scale-set/index.ts";

/** What a pool's scale set should look like. */
export interface ScaleSetWish {
  /** The pool's name: the scale set's name too. */
  readonly name: string;
  readonly labels: readonly string[];
  /** By name; `Default` is the group that always exists. */
  readonly runnerGroup: string;
}

interface CallOptions {
  readonly signal: AbortSignal;
}

const defaultGroupId = 1;

/**
 * The scale set of one pool: found by name, made when absent, brought up to the pool's labels. Its id is asked for once and
 * forgotten when GitHub no longer knows it (F13), so that the next use makes it again.
 */
export class PoolScaleSet {
  readonly #client: ScaleSetClient;
  readonly #wish: ScaleSetWish;
  #known: RunnerScaleSet | undefined;
  #pending: Promise<RunnerScaleSet> | undefined;

  constructor(client: ScaleSetClient, wish: ScaleSetWish) {
    this.#client = client;
    this.#wish = wish;
  }

  /** Labels that GitHub did not keep, as an older GHES does without a word (F21). */
  get missingLabels(): readonly string[] {
    const kept = new Set(this.#known?.labels.map(({ name }) => name.toLowerCase()));
    return this.#known === undefined ? [] : this.#wish.labels.filter((label) => !kept.has(label.toLowerCase()));
  }

  /** The id, from GitHub if it is not known yet. Callers at the same time share one look-up. */
  async id(options: CallOptions): Promise<number> {
    if (this.#known !== undefined) return this.#known.id;
    this.#pending ??= this.#ensure(options).finally(() => {
      this.#pending = undefined;
    });
    return (await this.#pending).id;
  }

  /** The id as far as it is known without asking. */
  get knownId(): number | undefined {
    return this.#known?.id;
  }

  /** GitHub said that it does not know the scale set. */
  forget(): void {
    this.#known = undefined;
  }

  async #ensure(options: CallOptions): Promise<RunnerScaleSet> {
    const { name, labels, runnerGroup } = this.#wish;
    const runnerGroupId =
      runnerGroup.toLowerCase() === "default"
        ? defaultGroupId
        : (await this.#client.getRunnerGroupByName(runnerGroup, options)).id;
    const found = await this.#client.getScaleSetByName({ name, runnerGroupId }, options);
    const wanted = labels.map((label) => ({ name: label }));
    this.#known =
      found === null
        ? await this.#create({ name, runnerGroupId, labels: wanted }, options)
        : sameLabels(found, labels)
          ? found
          : await this.#client.updateScaleSet(found.id, { labels: wanted }, options);
    return this.#known;
  }

  async #create(
    settings: { readonly name: string; readonly runnerGroupId: number; readonly labels: readonly { name: string }[] },
    options: CallOptions,
  ): Promise<RunnerScaleSet> {
    try {
      return await this.#client.createScaleSet({ ...settings, disableUpdate: true }, options);
    } catch (error) {
      if (!isServiceError(error, "ScaleSetExists")) throw error;
      // Our own first request whose answer was lost (F24), or another instance was faster: the name is what counts.
      const found = await this.#client.getScaleSetByName(settings, options);
      if (found === null) throw error;
      return found;
    }
  }
}

function sameLabels(found: RunnerScaleSet, labels: readonly string[]): boolean {
  const kept = new Set(found.labels.map(({ name }) => name.toLowerCase()));
  return (
    kept.size === new Set(labels.map((label) => label.toLowerCase())).size &&
    labels.every((label) => kept.has(label.toLowerCase()))
  );
}

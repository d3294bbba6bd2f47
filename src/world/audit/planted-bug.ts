/** Exact source text of one product file, and what stands in its place while the bug is planted. */
export interface Patch {
  /** Below `src/`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A mistake that somebody could make, with the promise that it breaks. */
export interface PlantedBug {
  readonly name: string;
  /** What the mistake is, in one sentence. */
  readonly mistake: string;
  readonly patches: readonly Patch[];
}

/** The patched text. @throws when the text to replace is not there exactly once: the product moved on, and the bug must follow. */
export function applyPatch(source: string, patch: Patch, bug: string): string {
  const [before, after, ...more] = source.split(patch.find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(
      `The planted bug "${bug}" no longer fits src/${patch.file}: the text it replaces is there ` +
        `${after === undefined ? "no more" : "more than once"}. Write the bug again in src/world/audit/planted-bugs.ts.`,
    );
  }
  return before + patch.replace + after;
}

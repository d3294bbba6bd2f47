import { registerHooks } from "node:module";
import { applyPatch, type PlantedBug } from "./planted-bug.ts";

const sourceRoot = new URL("../../", import.meta.url).href;

/**
 * Plants the bug into every product file that this thread loads from now on. Returns a check to call once everything is loaded.
 */
export function plant(bug: PlantedBug): () => void {
  const unplanted = new Set(bug.patches.map(({ file }) => file));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = url.startsWith(sourceRoot) ? url.slice(sourceRoot.length) : undefined;
      if (file === undefined || !unplanted.delete(file)) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString("utf8");
      const patches = bug.patches.filter((patch) => patch.file === file);
      return { ...loaded, source: patches.reduce((text, patch) => applyPatch(text, patch, bug.name), source) };
    },
  });
  return () => {
    if (unplanted.size > 0) {
      throw new Error(`The planted bug "${bug.name}" was never loaded: ${[...unplanted].join(", ")}.`);
    }
  };
}

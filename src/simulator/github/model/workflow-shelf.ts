import { parseWorkflows } from "../workflow/parse-workflow.ts";
import { type PushedFile, type PushedTree, sortPushedFiles } from "../workflow/pushed-files.ts";

/** A workflow file that lies in a repository since somebody pushed it. */
export interface KeptWorkflow {
  /** Below the repository. */
  readonly path: string;
  readonly name: string;
  /** The file, and what it was pushed with except for other workflows. */
  readonly files: readonly PushedFile[];
}

/** The workflow files of each repository, as they were last pushed. */
export class WorkflowShelf {
  readonly #trees = new Map<string, Map<string, PushedTree>>();

  /** @param repository owner and name. */
  keep(repository: string, files: readonly PushedFile[]): void {
    const key = repository.toLowerCase();
    let trees = this.#trees.get(key);
    if (trees === undefined) {
      trees = new Map();
      this.#trees.set(key, trees);
    }
    for (const tree of sortPushedFiles(files)) for (const { path } of tree.workflows) trees.set(path, tree);
  }

  /** The workflows of a repository that can run, in the order of their paths. */
  of(repository: string): KeptWorkflow[] {
    const kept: KeptWorkflow[] = [];
    for (const [path, tree] of this.#trees.get(repository.toLowerCase()) ?? []) {
      const own = tree.workflows.filter((file) => file.path === path);
      const [workflow] = parseWorkflows([{ ...tree, workflows: own }]).workflows;
      if (workflow === undefined) continue;
      const others = new Set(tree.workflows.map((file) => file.path).filter((other) => other !== path));
      const files = [...tree.files].filter(([name]) => !others.has(name)).map(([name, text]) => ({ path: name, text }));
      kept.push({ path, name: workflow.name, files });
    }
    return kept.sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

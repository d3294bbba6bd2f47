/** One file of a push: its path with forward slashes, and its text. */
export interface PushedFile {
  readonly path: string;
  readonly text: string;
}

/** One repository's files of a push, sorted: which are workflows, and every file by its path in the repository. */
export interface PushedTree {
  readonly workflows: readonly PushedFile[];
  readonly files: ReadonlyMap<string, string>;
}

const workflowPath = /^(?<root>(?:.*\/)?)\.github\/workflows\/[^/]+\.ya?ml$/u;
const actionPath = /(?:^|\/)action\.ya?ml$/u;

/**
 * Finds the repository's root in the paths that were given, so that a folder may be pushed from anywhere; folders beside each
 * other, each with its own `.github/workflows`, give a tree each. Without any file in `.github/workflows`, each YAML file that
 * is no action counts as a workflow of that folder.
 */
export function sortPushedFiles(pushed: readonly PushedFile[]): readonly PushedTree[] {
  const cleaned = pushed.map(({ path, text }) => ({ path: cleanPath(path), text }));
  const roots = outermost(cleaned.map(({ path }) => workflowPath.exec(path)?.groups?.["root"]));
  if (roots.length === 0) return [treeOf(cleaned.map((file) => ({ ...file, path: assumedPath(file.path) })))];
  return roots.map((root) =>
    treeOf(
      cleaned
        .filter(({ path }) => path.startsWith(root))
        .map((file) => ({ ...file, path: file.path.slice(root.length) })),
    ),
  );
}

/** A `.github` below another one is a file like any other to GitHub. */
function outermost(roots: readonly (string | undefined)[]): readonly string[] {
  const distinct = [...new Set(roots.filter((root) => root !== undefined))];
  return distinct.filter((root) => !distinct.some((other) => other !== root && root.startsWith(other)));
}

function treeOf(files: readonly PushedFile[]): PushedTree {
  return {
    workflows: files.filter(({ path }) => workflowPath.exec(path)?.groups?.["root"] === ""),
    files: new Map(files.map(({ path, text }) => [path, text])),
  };
}

function assumedPath(path: string): string {
  const isWorkflow = /\.ya?ml$/u.test(path) && !actionPath.test(path);
  return isWorkflow ? `.github/workflows/${path.slice(path.lastIndexOf("/") + 1)}` : path;
}

/** The path without `.`, `..` where it can be resolved, empty parts and a leading slash. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll("\\", "/").split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}

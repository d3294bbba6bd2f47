/** One file of a push: its path with forward slashes, and its text. */
export interface PushedFile {
  readonly path: string;
  readonly text: string;
}

/** A push, sorted: which files are workflows, and every file by its path in the repository. */
export interface PushedTree {
  readonly workflows: readonly PushedFile[];
  readonly files: ReadonlyMap<string, string>;
}

const workflowPath = /^(?<root>(?:.*\/)?)\.github\/workflows\/[^/]+\.ya?ml$/u;
const actionPath = /(?:^|\/)action\.ya?ml$/u;

/**
 * Finds the repository's root in the paths that were given, so that a folder may be pushed from anywhere. Without any file in
 * `.github/workflows`, each YAML file that is no action counts as a workflow of that folder.
 */
export function sortPushedFiles(pushed: readonly PushedFile[]): PushedTree {
  const cleaned = pushed.map(({ path, text }) => ({ path: cleanPath(path), text }));
  const roots = cleaned.map(({ path }) => workflowPath.exec(path)?.groups?.["root"]);
  const root = roots.find((each) => each !== undefined);
  const files = new Map<string, string>();
  const workflows: PushedFile[] = [];
  for (const { path, text } of cleaned) {
    const placed = placedPath(path, root);
    const file = { path: placed, text };
    files.set(placed, text);
    if (workflowPath.exec(placed)?.groups?.["root"] === "") workflows.push(file);
  }
  return { workflows, files };
}

function placedPath(path: string, root: string | undefined): string {
  if (root !== undefined) return path.startsWith(root) ? path.slice(root.length) : path;
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

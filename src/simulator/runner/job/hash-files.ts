import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve, sep } from "node:path";

const filesMax = 100_000;

/**
 * `hashFiles(patterns...)`: SHA-256 over the SHA-256 of each file below `root` that matches, in the order of a walk by
 * name; the empty string when none does. A pattern that begins with `/` is taken from `root`, as GitHub documents it, unless
 * it names a path below `root` in full. A pattern with `!` takes matches of the ones before it away; a directory that
 * matches stands for everything in it; `--follow-symbolic-links` as the first pattern follows links to directories.
 *
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#hashfiles
 */
export function hashFiles(root: string, patterns: readonly string[]): string {
  const followLinks = patterns[0]?.trim() === "--follow-symbolic-links";
  const rules = (followLinks ? patterns.slice(1) : patterns)
    .flatMap((pattern) => pattern.split(/\r?\n/))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => readRule(root, line));
  const total = createHash("sha256");
  let found = 0;
  for (const file of walk(root, followLinks)) {
    if (!matches(file.slice(root.length + 1), rules)) continue;
    total.update(createHash("sha256").update(readFileSync(file)).digest());
    found += 1;
  }
  return found === 0 ? "" : total.digest("hex");
}

interface Rule {
  readonly excludes: boolean;
  readonly expression: RegExp;
}

function matches(relative: string, rules: readonly Rule[]): boolean {
  let included = false;
  for (const rule of rules) {
    if (rule.expression.test(relative)) included = !rule.excludes;
  }
  return included;
}

function readRule(root: string, line: string): Rule {
  const excludes = line.startsWith("!");
  const written = excludes ? line.slice(1).trim() : line;
  const named = resolve(root, written);
  const absolute = named === root || named.startsWith(root + sep) ? named : resolve(root, written.replace(/^\/+/u, ""));
  const relative =
    absolute === root ? "" : absolute.startsWith(root + sep) ? absolute.slice(root.length + 1) : undefined;
  // Files outside of the workspace are never hashed: a pattern there matches nothing.
  if (relative === undefined) return { excludes, expression: /(?!)/ };
  return { excludes, expression: new RegExp(`^${toExpression(relative)}(?:/.*)?$`, "s") };
}

function toExpression(glob: string): string {
  if (glob === "") return "[^/]+";
  return glob
    .split("/")
    .map((segment) => (segment === "**" ? "**" : segmentExpression(segment)))
    .reduce((whole, segment, index, all) => {
      if (segment === "**") return index === all.length - 1 ? `${whole}.+` : `${whole}(?:[^/]+/)*`;
      return `${whole}${segment}${index === all.length - 1 ? "" : "/"}`;
    }, "");
}

function segmentExpression(segment: string): string {
  let expression = "";
  for (let index = 0; index < segment.length; index++) {
    const character = segment.charAt(index);
    const close = character === "[" ? segment.indexOf("]", index + 2) : -1;
    if (character === "*") expression += "[^/]*";
    else if (character === "?") expression += "[^/]";
    else if (close > 0) {
      const set = segment.slice(index + 1, close).replaceAll("\\", "\\\\");
      expression += set.startsWith("!") ? `[^${set.slice(1)}]` : `[${set}]`;
      index = close;
    } else expression += character.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }
  return expression;
}

/** Files in the order of their names, directories walked where they stand. */
function* walk(root: string, followLinks: boolean): Generator<string> {
  const visited = new Set<string>();
  const stack = [root];
  let count = 0;
  while (stack.length > 0) {
    const path = stack.pop() ?? "";
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() === true) {
      if (++count > filesMax) throw new Error(`hashFiles met more than ${filesMax} files below ${root}.`);
      yield path;
    }
    if (stats?.isDirectory() !== true) continue;
    const identity = `${stats.dev}:${stats.ino}`;
    if (visited.has(identity)) continue; // A link that leads back up.
    visited.add(identity);
    const entries = readdirSync(path, { withFileTypes: true }).sort((left, right) => (left.name < right.name ? 1 : -1));
    for (const entry of entries) {
      const child = join(path, entry.name);
      const skipped =
        entry.isSymbolicLink() && !followLinks && statSync(child, { throwIfNoEntry: false })?.isDirectory() === true;
      if (!skipped) stack.push(child);
    }
  }
}

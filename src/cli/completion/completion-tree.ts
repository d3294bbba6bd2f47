import type { Command } from "../frame/command.ts";
import { groupSummaries } from "../frame/group-summaries.ts";

/** What may come next at one place of the command line. */
export interface CompletionNode {
  /** The words so far, as typed: `sim push`; empty at the start. */
  readonly path: string;
  /** Words that lead further, with their summaries. */
  readonly words: readonly { readonly word: string; readonly summary: string }[];
  readonly flags: readonly CompletionFlag[];
  /** Whether a plain word here is a file's name. */
  readonly takesFiles: boolean;
}

export interface CompletionFlag {
  readonly long: string;
  readonly short: string | undefined;
  readonly summary: string;
  /** What its value is; undefined for a switch. */
  readonly value: "file" | "text" | readonly string[] | undefined;
}

const help: CompletionFlag = { long: "--help", short: "-h", summary: "display help", value: undefined };
const json: CompletionFlag = { long: "--json", short: undefined, summary: "print JSON only", value: undefined };

/** Every place of the command line, from the commands' own declarations. */
export function completionTree(commands: readonly Command[]): readonly CompletionNode[] {
  const paths = new Set([""]);
  for (const { name } of commands) {
    const words = name.split(" ");
    for (let depth = 1; depth <= words.length; depth += 1) paths.add(words.slice(0, depth).join(" "));
  }
  return [...paths].map((path) => nodeAt(path, paths, commands));
}

function nodeAt(path: string, paths: ReadonlySet<string>, commands: readonly Command[]): CompletionNode {
  const prefix = path === "" ? "" : `${path} `;
  const command = commands.find(({ name }) => name === path);
  const words = [...paths]
    .filter((other) => other !== "" && other.startsWith(prefix) && !other.slice(prefix.length).includes(" "))
    .map((other) => ({
      word: other.slice(prefix.length),
      summary: commands.find(({ name }) => name === other)?.summary ?? groupSummaries[other] ?? "",
    }));
  const flags = command === undefined ? [help] : [...Object.values(command.options).map(flagOf), json, help];
  return { path, words, flags, takesFiles: Object.hasOwn(command?.arguments ?? {}, "files") };
}

function flagOf(spec: Command["options"][string]): CompletionFlag {
  const [, short, long = "", placeholder] = /^(?:(-\w), )?(--[\w-]+)(?: <([^>]+)>)?$/.exec(spec.flags) ?? [];
  const value =
    spec.kind === "choice"
      ? spec.choices
      : placeholder === undefined
        ? undefined
        : placeholder === "file" || placeholder === "folder"
          ? ("file" as const)
          : ("text" as const);
  return { long, short, summary: spec.summary, value };
}

import type { CompletionFlag, CompletionNode } from "./completion-tree.ts";

/** A completion script for fish. */
export function fishCompletion(nodes: readonly CompletionNode[]): string {
  const known = nodes.filter(({ path }) => path !== "").map(({ path }) => quote(path));
  const lines = nodes.flatMap((node) => {
    const here = `complete -c drover -n ${quote(`test (__drover_path) = ${quote(node.path)}`)}`;
    return [
      ...(node.takesFiles ? [] : [`${here} -f`]),
      ...node.words.map(({ word, summary }) => `${here} -a ${word} -d ${quote(summary)}`),
      ...node.flags.map((flag) => `${here} ${flagSpec(flag)}`),
    ];
  });
  return `# fish completion for drover: drover completion fish > ~/.config/fish/completions/drover.fish
function __drover_path
  set -l found ""
  for word in (commandline -opc)[2..-1]
    set -l longer (string trim -- "$found $word")
    contains -- "$longer" ${known.join(" ")}; and set found "$longer"
  end
  echo "$found"
end
${lines.join("\n")}`;
}

function flagSpec({ long, short, summary, value }: CompletionFlag): string {
  const parts = [`-l ${long.slice(2)}`, ...(short === undefined ? [] : [`-s ${short.slice(1)}`])];
  if (value === "file") parts.push("-rF");
  else if (value === "text") parts.push("-x");
  else if (value !== undefined) parts.push(`-xa ${quote(value.join(" "))}`);
  return `${parts.join(" ")} -d ${quote(summary)}`;
}

function quote(text: string): string {
  return `"${text.replace(/[\\"$]/g, "\\$&")}"`;
}

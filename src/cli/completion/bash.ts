import type { CompletionNode } from "./completion-tree.ts";

/** A completion script for bash. */
export function bashCompletion(nodes: readonly CompletionNode[]): string {
  const known = nodes.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  const cases = nodes.map(
    (node) => `    "${node.path}")
      words="${node.words.map(({ word }) => word).join(" ")}"
      flags="${node.flags.flatMap(({ long, short }) => (short === undefined ? [long] : [long, short])).join(" ")}"
      files=${node.takesFiles ? 1 : 0}
${valueCases(node)}      ;;`,
  );
  return `# bash completion for drover: drover completion bash > /etc/bash_completion.d/drover
_drover() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local path="" word words="" flags="" values="" files=0 index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "\${path:+$path }$word" in
      ${known.join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  if [[ $values == @file || ( -z $values && $files == 1 && $current != -* ) ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  elif [[ -n $values ]]; then
    [[ $values == @text ]] || COMPREPLY=($(compgen -W "$values" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o filenames -F _drover drover`;
}

function valueCases(node: CompletionNode): string {
  const lines = node.flags.flatMap(({ long, short, value }) => {
    if (value === undefined) return [];
    const values = typeof value === "string" ? `@${value}` : value.join(" ");
    return [`        ${short === undefined ? long : `${short}|${long}`}) values="${values}" ;;`];
  });
  return lines.length === 0 ? "" : `      case "$previous" in\n${lines.join("\n")}\n      esac\n`;
}

import type { CompletionFlag, CompletionNode } from "./completion-tree.ts";

/** A completion script for zsh. */
export function zshCompletion(nodes: readonly CompletionNode[]): string {
  const known = nodes.filter(({ path }) => path !== "").map(({ path }) => `'${path}'`);
  const cases = nodes.map(
    (node) => `    '${node.path}')
      next=(${node.words.map(({ word, summary }) => quote(`${word}:${summary}`)).join(" ")})
      specs=(${node.flags.map(flagSpec).join(" ")}${node.takesFiles ? " '*:file:_files'" : ""})
      ;;`,
  );
  return `#compdef drover
# zsh completion for drover: drover completion zsh > a folder of $fpath, as _drover
_drover() {
  local path="" word next specs index
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
    case "\${path:+$path }$word" in
      ${known.join("|")}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  if (( \${#next} )) && [[ $PREFIX != -* ]]; then _describe 'command' next; fi
  _arguments $specs
}
(( $+functions[compdef] )) && compdef _drover drover`;
}

function flagSpec({ long, summary, value }: CompletionFlag): string {
  const text = summary.replace(/[[\]:]/g, " ");
  const action =
    value === undefined
      ? ""
      : value === "file"
        ? ":file:_files"
        : value === "text"
          ? ":value: "
          : `:value:(${value.join(" ")})`;
  return quote(`${long}[${text}]${action}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

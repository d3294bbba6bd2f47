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
  local place="" word index
  local -a next specs
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
    case "\${place:+$place }$word" in
      ${known.join("|")}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${cases.join("\n")}
  esac
  if (( \${#next} )) && [[ $PREFIX != -* ]]; then _describe 'command' next; fi
  _arguments $specs
}
# Autoloaded from $fpath it is called at once; sourced it only registers itself.
if [[ \${funcstack[1]} == _drover ]]; then _drover "$@"; else compdef _drover drover; fi`;
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

import { defineCommand } from "../frame/command.ts";
import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";

export const command = defineCommand({
  name: "completion",
  summary: "print a completion script for your shell",
  group: "More",
  arguments: { shell: { summary: "bash, zsh or fish", kind: "required" } },
  examples: [
    { line: "drover completion bash > ~/.local/share/bash-completion/completions/drover", what: "for bash" },
    { line: "drover completion fish > ~/.config/fish/completions/drover.fish", what: "for fish" },
  ],
  async run({ args, json, io, commands }) {
    const { completionTree } = await import("../completion/completion-tree.ts");
    const script = (await scriptOf(args.shell))(completionTree(commands));
    io.out(json ? JSON.stringify({ shell: args.shell, script }) : script);
    return exitCode.ok;
  },
});

async function scriptOf(shell: string) {
  switch (shell) {
    case "bash":
      return (await import("../completion/bash.ts")).bashCompletion;
    case "zsh":
      return (await import("../completion/zsh.ts")).zshCompletion;
    case "fish":
      return (await import("../completion/fish.ts")).fishCompletion;
    default:
      throw new CliError(`There is no completion for "${shell}".`, {
        exitCode: exitCode.usage,
        remedy: "Write bash, zsh or fish.",
      });
  }
}

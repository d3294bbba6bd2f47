import { Argument, Command as CommanderCommand, CommanderError, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../../config/duration-text.ts";
import { CliError } from "./cli-error.ts";
import type { Command, OptionSpec } from "./command.ts";
import { exitCode, exitCodeMeanings, type ExitCode } from "./exit-code.ts";
import { groupSummaries } from "./group-summaries.ts";
import type { Io } from "./io.ts";
import { version } from "../version.ts";
import { showError } from "./show-error.ts";

/**
 * Runs one command line over the given commands.
 *
 * @param argv without the program's name.
 * @returns the exit code; errors are shown, not thrown.
 */
export async function runProgram(commands: readonly Command[], argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok;
  const json = argv.includes("--json");
  const program = buildProgram({
    commands,
    io,
    json,
    done: (result) => {
      code = result;
    },
  });
  try {
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
    return io.signal.aborted && code === exitCode.ok ? exitCode.interrupted : code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return showError(error, io, json);
    if (error.exitCode === 0) return exitCode.ok;
    // Without --json commander has shown it already.
    if (json) showError(new CliError(error.message.replace(/^error: /, ""), { exitCode: exitCode.usage }), io, json);
    return exitCode.usage;
  }
}

interface Frame {
  readonly commands: readonly Command[];
  readonly io: Io;
  /** Whether `--json` is among the words: then what commander has to say is said as JSON. */
  readonly json: boolean;
  readonly done: (code: ExitCode) => void;
}

function buildProgram(frame: Frame): CommanderCommand {
  const program = configure(new CommanderCommand("drover"), frame)
    .description("Keeps fleets of ephemeral self-hosted GitHub Actions runners exactly as large as the queue needs.")
    .version(version(), "-V, --version", "print the version")
    .addHelpText("after", "\nStart here: drover demo\nA command's own help: drover help COMMAND");
  const nodes = new Map<string, CommanderCommand>([["", program]]);
  // Parents first, so that `sim` exists when `sim push` is hung below it.
  for (const command of [...frame.commands].sort((one, other) => depth(one.name) - depth(other.name))) {
    const parentName = command.name.split(" ").slice(0, -1).join(" ");
    const parent = nodes.get(parentName) ?? group(parentName, nodes, frame);
    const node = configure(new CommanderCommand(command.name.split(" ").at(-1)), frame);
    parent.addCommand(fill(node, command, frame).helpGroup(`${command.group}:`));
    nodes.set(command.name, node);
  }
  return program;
}

/** A word such as `config` that only holds commands. */
function group(name: string, nodes: Map<string, CommanderCommand>, frame: Frame): CommanderCommand {
  const node = configure(new CommanderCommand(name), frame);
  nodes.get("")?.addCommand(node.helpGroup("Configure:").description(groupSummaries[name] ?? ""));
  nodes.set(name, node);
  return node;
}

function configure(node: CommanderCommand, { io, json }: Frame): CommanderCommand {
  return node
    .exitOverride()
    .showHelpAfterError("(add --help for the whole picture)")
    .helpCommand(node.name() === "drover")
    .configureOutput({
      writeOut: (text) => io.out(text.replace(/\n$/, "")),
      writeErr: (text) => (json ? undefined : io.err(text.replace(/\n$/, ""))),
      getOutHasColors: () => io.colors.isColorSupported,
      getOutHelpWidth: () => Math.min(io.width(), 110),
    });
}

function fill(node: CommanderCommand, command: Command, frame: Frame): CommanderCommand {
  node.summary(command.summary).description(command.description ?? `${command.summary}.`);
  const argumentNames = Object.keys(command.arguments);
  for (const [name, { kind, summary }] of Object.entries(command.arguments)) {
    const dots = kind === "several" || kind === "any-number" ? "..." : "";
    const shape = kind === "required" || kind === "several" ? `<${name}${dots}>` : `[${name}${dots}]`;
    node.addArgument(new Argument(shape, summary));
  }
  for (const spec of Object.values(command.options)) node.addOption(commanderOption(spec));
  node.addOption(new Option("--json", "print JSON only"));
  node.addHelpText("after", helpTail(command));
  node.action(async (...given: unknown[]) => {
    const { json = false, ...options } = node.opts<Record<string, unknown>>();
    const args = Object.fromEntries(argumentNames.map((name, index) => [name, given[index]]));
    for (const [key, spec] of Object.entries(command.options)) {
      if (spec.kind === "switch") options[key] ??= false;
      if (spec.kind === "texts") options[key] ??= [];
    }
    const { io, commands } = frame;
    frame.done(await command.run({ args, options, json, io, commands } as Parameters<Command["run"]>[0]));
  });
  return node;
}

function commanderOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  switch (spec.kind) {
    case "switch":
      return option;
    case "text":
      return spec.default === undefined ? option : option.default(spec.default);
    case "texts":
      return option.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value]);
    case "choice":
      option.choices([...spec.choices]);
      return spec.default === undefined ? option : option.default(spec.default);
    case "duration":
      return option.argParser((value: string) => {
        const ms = parseDuration(value);
        if (ms === undefined) throw new InvalidArgumentError("Write a duration like 30s, 5m or 6h.");
        return ms;
      });
    case "count":
      option.argParser((value: string) => {
        if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError("Write a whole number from 0.");
        return Number(value);
      });
      return spec.default === undefined ? option : option.default(spec.default);
    default:
      return spec satisfies never;
  }
}

function helpTail(command: Command): string {
  const examples = command.examples.map(({ line, what }) => `  ${line}\n      ${what}`);
  const codes = [exitCode.ok, exitCode.failed, exitCode.usage, ...command.exitCodes]
    .sort((one, other) => one - other)
    .map((code) => `  ${String(code).padStart(3)}  ${exitCodeMeanings[code] ?? ""}`);
  const parts = [`\nExit codes:\n${codes.join("\n")}`];
  if (examples.length > 0) parts.unshift(`\nExamples:\n${examples.join("\n")}`);
  return parts.join("\n");
}

function depth(name: string): number {
  return name.split(" ").length;
}

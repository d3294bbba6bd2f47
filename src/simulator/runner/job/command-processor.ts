import type { ProblemScanner } from "./problem-scanner.ts";
import type { Masker } from "../log/masker.ts";
import type { IssueLevel, IssuePlace, StepConsole } from "./step-console.ts";
import { parseWorkflowCommand, type WorkflowCommand } from "./workflow-command.ts";

/** What commands change besides the log. */
export interface CommandTarget {
  readonly console: StepConsole;
  readonly masker: Masker;
  setOutput(name: string, value: string): void;
  saveState(name: string, value: string): void;
  setEnvironment(name: string, value: string): void;
  addPath(path: string): void;
  /** @throws {Error} when there is no such file or what it says is no problem matcher. */
  addMatchers(file: string): void;
  removeMatchers(named: { readonly owner: string } | { readonly file: string }): void;
  /** Looks for problems in lines that are no commands. */
  readonly problems: ProblemScanner;
  /** The step fails at its end, whatever its exit code is. */
  fail(): void;
  /** Whether the environment allows the retired `set-env` and `add-path`. */
  readonly allowsUnsecureCommands: boolean;
  /** Whether it allows names of commands as stop tokens. */
  readonly allowsUnsecureStopTokens: boolean;
}

const silentWhenEchoed: ReadonlySet<string> = new Set(["add-mask", "debug", "notice", "warning", "error"]);

/** Reads one step's output line by line: commands take effect, everything else is logged. */
export class CommandProcessor {
  readonly #target: CommandTarget;
  #echo: boolean;
  #stopToken: string | undefined;

  constructor(target: CommandTarget) {
    this.#target = target;
    this.#echo = target.console.debugOn;
  }

  process(line: string): void {
    const command = parseWorkflowCommand(line, (name) => this.#isKnown(name));
    if (command !== undefined && this.#apply(command, line)) return;
    const { console, problems } = this.#target;
    if (!problems.take(line, console)) console.line(line);
  }

  #isKnown(name: string): boolean {
    return name === this.#stopToken?.toLowerCase() || name === "stop-commands" || Object.hasOwn(this.#handlers, name);
  }

  /** False when the line is to be logged as it is. */
  #apply(command: WorkflowCommand, line: string): boolean {
    const { console, masker } = this.#target;
    if (this.#stopToken !== undefined) {
      if (command.name !== this.#stopToken.toLowerCase()) return false;
      console.line(line);
      this.#stopToken = undefined;
      return true;
    }
    try {
      if (command.name === "stop-commands") {
        this.#stop(command.value);
        if (command.value.length > 6) masker.add(command.value);
        console.line(line);
        return true;
      }
      if (this.#echo && !silentWhenEchoed.has(command.name)) console.line(line);
      this.#handlers[command.name]?.(command);
    } catch (error) {
      const shown = silentWhenEchoed.has(command.name) ? command.name : line;
      console.error(`Unable to process command '${shown}' successfully.`);
      console.error(error instanceof Error ? error.message : String(error));
      this.#target.fail();
    }
    return true;
  }

  #stop(token: string): void {
    const reserved =
      token === "" || token.toLowerCase() === "pause-logging" || Object.hasOwn(this.#handlers, token.toLowerCase());
    if (reserved && !this.#target.allowsUnsecureStopTokens) {
      throw new Error(
        `Invalid stop-commands token '${token}': it is empty or the name of a command. Use a random word, a new one for each use.`,
      );
    }
    this.#stopToken = token;
  }

  readonly #handlers: Readonly<Record<string, (command: WorkflowCommand) => void>> = {
    "set-output": (command) => {
      this.#target.console.warning(deprecated("set-output"));
      this.#target.setOutput(requiredName(command), command.value);
    },
    "save-state": (command) => {
      this.#target.console.warning(deprecated("save-state"));
      this.#target.saveState(requiredName(command), command.value);
    },
    "set-env": (command) => {
      if (!this.#target.allowsUnsecureCommands) throw new Error(disabled("set-env"));
      this.#target.setEnvironment(requiredName(command), command.value);
    },
    "add-path": (command) => {
      if (!this.#target.allowsUnsecureCommands) throw new Error(disabled("add-path"));
      this.#target.addPath(command.value);
    },
    "add-mask": (command) => {
      if (command.value.trim() === "") {
        this.#target.console.warning("Can't add secret mask for empty string in ##[add-mask] command.");
        return;
      }
      if (this.#echo) this.#target.console.line("::add-mask::***");
      this.#target.masker.add(command.value);
    },
    echo: (command) => {
      const wanted = command.value.trim().toLowerCase();
      if (wanted !== "on" && wanted !== "off")
        throw new Error(
          `Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${command.value}'.`,
        );
      this.#echo = wanted === "on";
    },
    debug: (command) => this.#target.console.debug(command.value),
    group: (command) => this.#target.console.line(`##[group]${command.value}`),
    endgroup: () => this.#target.console.line("##[endgroup]"),
    notice: (command) => this.#issue("notice", command),
    warning: (command) => this.#issue("warning", command),
    error: (command) => this.#issue("error", command),
    "add-matcher": (command) => {
      if (command.value === "") this.#target.console.warning("File path must be specified.");
      else this.#target.addMatchers(command.value);
    },
    "remove-matcher": (command) => {
      const { console } = this.#target;
      const owner = command.properties.get("owner") ?? "";
      const file = command.value;
      if (owner !== "" && file !== "")
        console.warning(
          "Either specify an owner name or a file path in ##[remove-matcher] command. Both values cannot be set.",
        );
      else if (owner === "" && file === "")
        console.warning("Either an owner name or a file path must be specified in ##[remove-matcher] command.");
      else this.#target.removeMatchers(owner === "" ? { file } : { owner });
    },
  };

  #issue(level: IssueLevel, command: WorkflowCommand): void {
    const number = (name: string): number | undefined => {
      const value = Number.parseInt(command.properties.get(name) ?? "", 10);
      return Number.isFinite(value) ? value : undefined;
    };
    const place = {
      title: command.properties.get("title"),
      file: command.properties.get("file"),
      line: number("line"),
      endLine: number("endline"),
      col: number("col"),
      endColumn: number("endcolumn"),
    };
    const known = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined)) as IssuePlace;
    this.#target.console.issue(level, command.value, known);
  }
}

function requiredName(command: WorkflowCommand): string {
  const name = command.properties.get("name") ?? "";
  if (name === "") throw new Error(`Required field 'name' is missing in ##[${command.name}] command.`);
  return name;
}

function deprecated(name: string): string {
  return (
    `The \`${name}\` command is deprecated and will be disabled soon. Please upgrade to using Environment Files. ` +
    "For more information see: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/"
  );
}

function disabled(name: string): string {
  return (
    `The \`${name}\` command is disabled. Please upgrade to using Environment Files or opt into unsecure command execution by setting ` +
    "the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`. For more information see: " +
    "https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/"
  );
}

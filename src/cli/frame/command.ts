import type { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

interface OptionBase {
  /** As commander writes them: `-c, --config <file>`. The long name, in camel case, is the option's key. */
  readonly flags: string;
  readonly summary: string;
}

export type OptionSpec =
  | (OptionBase & { readonly kind: "switch" })
  | (OptionBase & { readonly kind: "text"; readonly default?: string })
  /** May be given several times. */
  | (OptionBase & { readonly kind: "texts" })
  | (OptionBase & { readonly kind: "choice"; readonly choices: readonly string[]; readonly default?: string })
  /** Written 30s, 5m, 6h; handed over in milliseconds. */
  | (OptionBase & { readonly kind: "duration" })
  /** A whole number from 0. */
  | (OptionBase & { readonly kind: "count"; readonly default?: number });

export interface ArgumentSpec {
  readonly summary: string;
  readonly kind: "required" | "optional" | "several" | "any-number";
}

type OptionValue<Spec extends OptionSpec> = Spec["kind"] extends "switch"
  ? boolean
  : Spec["kind"] extends "texts"
    ? readonly string[]
    : Spec["kind"] extends "duration" | "count"
      ? Spec extends { readonly default: number }
        ? number
        : number | undefined
      : Spec extends { readonly default: string }
        ? string
        : string | undefined;

type ArgumentValue<Spec extends ArgumentSpec> = Spec["kind"] extends "required"
  ? string
  : Spec["kind"] extends "optional"
    ? string | undefined
    : readonly string[];

type Options = Readonly<Record<string, OptionSpec>>;
type Arguments = Readonly<Record<string, ArgumentSpec>>;

export interface Invocation<A extends Arguments, O extends Options> {
  readonly args: { readonly [Key in keyof A]: ArgumentValue<A[Key]> };
  readonly options: { readonly [Key in keyof O]: OptionValue<O[Key]> };
  /** Whether `--json` was given: then stdout gets JSON only. */
  readonly json: boolean;
  readonly io: Io;
  /** The commands that were loaded: all of them for `completion`, which describes them. */
  readonly commands: readonly Command[];
}

/** One command: what the help, the completion and the reference page show, and what runs. */
export interface Command {
  /** As typed after `drover`: `sim push`. */
  readonly name: string;
  /** One line without a full stop. */
  readonly summary: string;
  /** Paragraphs for the help text and the reference page. */
  readonly description?: string;
  readonly group: "Run" | "Look" | "Configure" | "Simulator" | "More";
  readonly arguments: Arguments;
  readonly options: Options;
  readonly examples: readonly { readonly line: string; readonly what: string }[];
  /** Exit codes beyond 0, 1 and 2. */
  readonly exitCodes: readonly ExitCode[];
  readonly run: (invocation: Invocation<Arguments, Options>) => Promise<ExitCode>;
}

/** Declares a command; `run` gets its arguments and options with the types that their declarations say. */
export function defineCommand<const A extends Arguments = {}, const O extends Options = {}>(
  spec: Omit<Command, "arguments" | "options" | "exitCodes" | "run"> & {
    readonly arguments?: A;
    readonly options?: O;
    readonly exitCodes?: readonly ExitCode[];
    readonly run: (invocation: Invocation<A, O>) => Promise<ExitCode>;
  },
): Command {
  return {
    ...spec,
    arguments: spec.arguments ?? {},
    options: spec.options ?? {},
    exitCodes: spec.exitCodes ?? [],
    run: spec.run as unknown as Command["run"],
  };
}

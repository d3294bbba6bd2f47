import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import { controlCall, jsonOf, simulatorUrl, toOption } from "../simulator/control.ts";

export const command = defineCommand({
  name: "sim fault",
  summary: "let the simulator misbehave as GitHub does, by the fault's number",
  description:
    "Starts a platform fault by its number, lists those that are on, or clears one or all of them. docs/reference/faults.md says what each number does.",
  group: "Simulator",
  arguments: {
    action: { summary: "a fault such as F12, or list, or clear", kind: "required" },
    fault: { summary: "with clear: the fault to end; default: all", kind: "optional" },
  },
  options: {
    to: toOption,
    for: {
      flags: "--for <duration>",
      summary: "how long it lasts, like 60s; default: until cleared",
      kind: "duration",
    },
    set: { flags: "--set <key=value>", summary: "an option of the fault; repeatable", kind: "texts" },
  },
  examples: [
    { line: "drover sim fault F12 --for 60s", what: "a session already exists, for one minute" },
    { line: "drover sim fault list", what: "which faults are on" },
    { line: "drover sim fault clear", what: "end them all" },
  ],
  exitCodes: [exitCode.unreachable],
  async run({ args, options, json, io }) {
    const url = simulatorUrl(options.to, io);
    const path = "/_drover/faults";
    const show = (text: string, answer: { readonly text: string }): number => {
      io.out(json ? (answer.text === "" ? "{}" : answer.text) : text);
      return exitCode.ok;
    };
    if (args.action === "list") {
      const answer = await controlCall(url, { method: "GET", path }, io);
      return show(renderList(jsonOf<unknown>(answer)), answer);
    }
    if (args.action === "clear") {
      const fault = args.fault === undefined ? undefined : faultNumber(args.fault);
      const query = fault === undefined ? "" : `?fault=${fault}`;
      const answer = await controlCall(url, { method: "DELETE", path: path + query }, io);
      return show(`${fault ?? "All faults"} cleared.`, answer);
    }
    const fault = faultNumber(args.action);
    const body = { fault, ...(options.for === undefined ? {} : { forMs: options.for }), ...pairs(options.set) };
    const answer = await controlCall(url, { method: "POST", path, body }, io);
    return show(`${fault} is on${options.for === undefined ? " until it is cleared" : ""}.`, answer);
  },
});

function faultNumber(text: string): string {
  if (/^f\d{1,2}$/i.test(text)) return text.toUpperCase();
  throw new CliError(`"${text}" is no fault.`, {
    exitCode: exitCode.usage,
    remedy: "Write its number, like F12, or: drover sim fault list, drover sim fault clear",
  });
}

/** Numbers and true/false are sent as such. */
function pairs(texts: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1)
        throw new CliError(`--set ${text} has no value.`, { exitCode: exitCode.usage, remedy: "Write key=value." });
      const value = text.slice(at + 1);
      const known = value === "true" ? true : value === "false" ? false : /^\d+$/.test(value) ? Number(value) : value;
      return [text.slice(0, at), known];
    }),
  );
}

function renderList(listed: unknown): string {
  const faults = Array.isArray(listed) ? listed : ((listed as { faults?: unknown }).faults ?? []);
  if (!Array.isArray(faults) || faults.length === 0) return "No fault is on.";
  return faults.map((fault) => JSON.stringify(fault)).join("\n");
}

import { CliError } from "../frame/cli-error.ts";
import { defineCommand } from "../frame/command.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { table } from "../frame/table.ts";
import { controlCall, jsonOf, simulatorUrl, toOption } from "../simulator/control.ts";
import { span } from "../time-text.ts";

interface Listed {
  readonly faults: readonly {
    readonly handle: string;
    readonly fault: string;
    readonly title: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly until: string | null;
  }[];
}

const path = "/_drover/faults";

export const command = defineCommand({
  name: "sim fault",
  summary: "let the simulator misbehave as GitHub does, by the fault's number",
  description:
    "Starts a platform fault by its number, lists the faults that are on, shows the kinds there are, or clears one or all. docs/reference/faults.md says what each does and which options it has.",
  group: "Simulator",
  arguments: {
    action: { summary: "a fault such as F12, or list, kinds or clear", kind: "required" },
    fault: { summary: "with clear: the fault, or the handle that list shows; default: all", kind: "optional" },
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
    switch (args.action) {
      case "kinds":
        return await showKinds(json, io);
      case "list":
        return await showActive(simulatorUrl(options.to, io), json, io);
      case "clear":
        return await clear(simulatorUrl(options.to, io), args.fault, json, io);
      default: {
        const body = {
          fault: args.action,
          ...(options.for === undefined ? {} : { forMs: options.for }),
          ...pairs(options.set),
        };
        const answer = await controlCall(simulatorUrl(options.to, io), { method: "POST", path, body }, io);
        const { fault, title, until } = jsonOf<Listed["faults"][number]>(answer);
        const how = until === null ? "until it is cleared" : `for ${span(options.for ?? 0)}`;
        io.out(json ? answer.text : `${fault} is on ${how}: ${title}`);
        return exitCode.ok;
      }
    }
  },
});

async function showKinds(json: boolean, io: Io): Promise<number> {
  const { platformFaults } = await import("../../simulator/index.ts");
  const kinds = platformFaults.map(({ name, title, options }) => ({
    fault: name,
    title,
    options: Object.keys(options),
  }));
  const rows = kinds.map(({ fault, title, options }) => [fault, title, options.join(", ")]);
  io.out(
    json
      ? JSON.stringify({ kinds }, null, 2)
      : table([{ title: "FAULT" }, { title: "WHAT" }, { title: "OPTIONS" }], rows),
  );
  return exitCode.ok;
}

async function showActive(url: string, json: boolean, io: Io): Promise<number> {
  const answer = await controlCall(url, { method: "GET", path }, io);
  const { faults } = jsonOf<Listed>(answer);
  const rows = faults.map(({ handle, title, until }) => [
    handle,
    until === null ? "until cleared" : `for ${span(Date.parse(until) - io.nowMs())}`,
    title,
  ]);
  if (json) io.out(answer.text);
  else if (faults.length === 0) io.out("No fault is on.");
  else io.out(table([{ title: "FAULT" }, { title: "HOW LONG" }, { title: "WHAT" }], rows));
  return exitCode.ok;
}

async function clear(url: string, fault: string | undefined, json: boolean, io: Io): Promise<number> {
  const query = fault === undefined ? "" : `?fault=${encodeURIComponent(fault)}`;
  const answer = await controlCall(url, { method: "DELETE", path: path + query }, io);
  const { ended } = jsonOf<{ readonly ended: number }>(answer);
  if (json) io.out(answer.text);
  else if (ended > 0) io.out(`${ended} ${ended === 1 ? "fault" : "faults"} cleared.`);
  else io.out(fault === undefined ? "No fault was on." : `${fault} was not on.`);
  return exitCode.ok;
}

/** Numbers are sent as such. */
function pairs(texts: readonly string[]): Record<string, string | number> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) {
        throw new CliError(`--set ${text} has no value.`, { exitCode: exitCode.usage, remedy: "Write key=value." });
      }
      const value = text.slice(at + 1);
      return [text.slice(0, at), /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value];
    }),
  );
}

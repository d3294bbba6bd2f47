import { createColors } from "picocolors";

type Colors = ReturnType<typeof createColors>;
type Paint = (text: string) => string;

/** One log record as a line (and the lines of its error) for a person at a terminal. */
export function prettyLine(record: Readonly<Record<string, unknown>>, options: { readonly color: boolean }): string {
  const colors = createColors(options.color);
  const { time, level, msg, err, ...facts } = record;
  const [word, paint] = levelLook(String(level), colors);
  const message = String(msg ?? "");
  // Most messages are one word of the chain: their facts begin in one column.
  const padded = Object.keys(facts).length === 0 ? message : message.padEnd(12);
  const head = `${colors.dim(clockTime(time))} ${paint(word)} ${padded}`;
  const tail = Object.entries(facts).map(([name, value]) => ` ${colors.dim(`${name}=`)}${factText(value)}`);
  return `${head}${tail.join("")}\n${err === undefined ? "" : errorLines(err, colors)}`;
}

function levelLook(level: string, colors: Colors): readonly [word: string, paint: Paint] {
  switch (level) {
    case "fatal":
      return ["fatal", (text) => colors.bold(colors.red(text))];
    case "error":
      return ["error", colors.red];
    case "warn":
      return ["warn ", colors.yellow];
    case "info":
      return ["info ", colors.green];
    default:
      return [level.padEnd(5), colors.dim];
  }
}

/** The time of day in the reader's zone; the day is in the JSON lines. */
function clockTime(time: unknown): string {
  const at = new Date(String(time));
  if (Number.isNaN(at.getTime())) return "--:--:--";
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function factText(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

function errorLines(error: unknown, colors: Colors, label = "", depth = 0): string {
  if (typeof error !== "object" || error === null) return `         ${label}${factText(error)}\n`;
  const { type, code, message, stack, cause, errors } = error as Record<string, unknown>;
  const title = `${String(type ?? "Error")}${code === undefined ? "" : ` (${String(code)})`}: ${String(message ?? "")}`;
  const frames = String(stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .slice(0, 4)
    .map((line) => colors.dim(`           ${line.trim()}`) + "\n");
  const own = `         ${label}${title}\n${depth === 0 ? frames.join("") : ""}`;
  const inner = [...(cause === undefined ? [] : [cause]), ...(Array.isArray(errors) ? errors : [])];
  return own + inner.map((one) => errorLines(one, colors, "because of ", depth + 1)).join("");
}

/** A command that a step printed: `::name key=value,key=value::value`, or the older `##[name key=value;]value`. */
export interface WorkflowCommand {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly value: string;
}

/**
 * Reads a line as a command. Only known names make one: other lines that look alike are plain output.
 *
 * @param isKnown is asked with the name in lower case.
 */
export function parseWorkflowCommand(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  return parseColonForm(line, isKnown) ?? parseBracketForm(line, isKnown);
}

function parseColonForm(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  const trimmed = line.trimStart();
  if (!trimmed.startsWith("::")) return undefined;
  const end = trimmed.indexOf("::", 2);
  if (end < 0) return undefined;
  const { name, rest } = splitHead(trimmed.slice(2, end));
  if (!isKnown(name)) return undefined;
  return {
    name,
    properties: readProperties(rest, ",", unescapeProperty),
    value: unescapeValue(trimmed.slice(end + 2)),
  };
}

function parseBracketForm(line: string, isKnown: (name: string) => boolean): WorkflowCommand | undefined {
  const start = line.indexOf("##[");
  const end = start < 0 ? -1 : line.indexOf("]", start);
  if (end < 0) return undefined;
  const { name, rest } = splitHead(line.slice(start + 3, end));
  if (!isKnown(name)) return undefined;
  return { name, properties: readProperties(rest, ";", unescapeBracket), value: unescapeBracket(line.slice(end + 1)) };
}

function splitHead(head: string): { name: string; rest: string } {
  const space = head.indexOf(" ");
  return space < 0
    ? { name: head.toLowerCase(), rest: "" }
    : { name: head.slice(0, space).toLowerCase(), rest: head.slice(space + 1).trim() };
}

function readProperties(source: string, separator: string, unescape: (text: string) => string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const pair of source.split(separator)) {
    const equals = pair.indexOf("=");
    if (equals > 0) properties.set(pair.slice(0, equals).trim().toLowerCase(), unescape(pair.slice(equals + 1)));
  }
  return properties;
}

// The percent sign comes last, so that an escaped escape stays what it was.
function unescapeValue(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

function unescapeProperty(text: string): string {
  return unescapeValue(text.replaceAll("%3A", ":").replaceAll("%2C", ","));
}

function unescapeBracket(text: string): string {
  return text
    .replaceAll("%3B", ";")
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%5D", "]")
    .replaceAll("%25", "%");
}

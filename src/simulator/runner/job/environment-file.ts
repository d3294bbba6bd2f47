/**
 * Reads GITHUB_ENV, GITHUB_OUTPUT or GITHUB_STATE: lines `NAME=value`, or `NAME<<WORD`, the value's lines, `WORD`. Entries
 * before a mistake have been given when the mistake is met: they hold.
 *
 * @throws {Error} with the sentence GitHub's runner prints for the same mistake.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files
 */
export function* parseEnvironmentFile(content: string): Generator<readonly [name: string, value: string]> {
  const lines = new LineReader(content);
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (line.text === "") continue;
    const equals = line.text.indexOf("=");
    const heredoc = line.text.indexOf("<<");
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const name = line.text.slice(0, heredoc);
      const delimiter = line.text.slice(heredoc + 2);
      if (name === "" || delimiter === "") {
        throw new Error(`Invalid format '${line.text}'. Name must not be empty and delimiter must not be empty`);
      }
      yield [name, readUntil(lines, delimiter)];
    } else if (equals >= 0) {
      if (equals === 0) throw new Error(`Invalid format '${line.text}'. Name must not be empty`);
      yield [line.text.slice(0, equals), line.text.slice(equals + 1)];
    } else {
      throw new Error(`Invalid format '${line.text}'`);
    }
  }
}

/** The lines up to the delimiter, the last line break left out. */
function readUntil(lines: LineReader, delimiter: string): string {
  const value: string[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (line.text === delimiter) return value.join("\n");
    if (!line.ended) throw new Error("Invalid value. EOF marker missing new line.");
    value.push(line.text);
  }
  throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
}

/** Lines end with LF alone: a CR belongs to the line, as on GitHub's runner for Linux and macOS. */
class LineReader {
  readonly #content: string;
  #position = 0;

  constructor(content: string) {
    this.#content = content.startsWith("\uFEFF") ? content.slice(1) : content;
  }

  next(): { readonly text: string; readonly ended: boolean } | undefined {
    if (this.#position >= this.#content.length) return undefined;
    const lineFeed = this.#content.indexOf("\n", this.#position);
    const end = lineFeed < 0 ? this.#content.length : lineFeed;
    const text = this.#content.slice(this.#position, end);
    this.#position = end + 1;
    return { text, ended: lineFeed >= 0 };
  }
}

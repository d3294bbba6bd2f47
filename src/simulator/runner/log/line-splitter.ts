import { StringDecoder } from "node:string_decoder";

const lineCharactersMax = 1024 * 1024;

/**
 * Cuts a byte stream into lines at LF, CRLF and CR, as .NET's reader does for the official runner. A line longer than a
 * mebibyte is handed on in pieces, so that a program that never ends its line cannot fill the memory.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #endedWithCarriageReturn = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk));
  }

  /** Hands on the last line if it had no end. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }

  #take(decoded: string): void {
    if (decoded === "") return;
    const text = this.#endedWithCarriageReturn && decoded.startsWith("\n") ? decoded.slice(1) : decoded;
    this.#endedWithCarriageReturn = decoded.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#onLine(line);
    while (this.#rest.length > lineCharactersMax) {
      this.#onLine(this.#rest.slice(0, lineCharactersMax));
      this.#rest = this.#rest.slice(lineCharactersMax);
    }
  }
}

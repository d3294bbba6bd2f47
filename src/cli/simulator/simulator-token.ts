import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { SecretReference } from "../../config/secret-reference.ts";
import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";

export interface SimulatorToken {
  readonly value: string;
  /** How a drover.yaml names it. */
  readonly reference: SecretReference;
  readonly made: boolean;
  /** Removes what was made for this run only. */
  cleanUp(): void;
}

const variable = "DROVER_SIM_TOKEN";

/** From DROVER_SIM_TOKEN, from the file that was named, or made: then it lies in a 0600 file, so that a drover.yaml can name it. */
export function simulatorToken(file: string | undefined, io: Io): SimulatorToken {
  const given = io.environment[variable]?.trim() ?? "";
  const nothing = (): void => undefined;
  if (file !== undefined) {
    const path = resolve(io.folder, file);
    const reference: SecretReference = { kind: "file", path };
    const kept = readToken(path);
    if (kept !== undefined) return { value: checked(kept, file), reference, made: false, cleanUp: nothing };
    const value = given === "" ? madeToken() : checked(given, variable);
    writeFileSync(path, `${value}\n`, { mode: 0o600, flag: "wx" });
    return { value, reference, made: given === "", cleanUp: nothing };
  }
  if (given !== "") {
    const reference: SecretReference = { kind: "env", name: variable };
    return { value: checked(given, variable), reference, made: false, cleanUp: nothing };
  }
  const folder = mkdtempSync(join(tmpdir(), "drover-sim-"));
  const path = join(folder, "token");
  const value = madeToken();
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
  return {
    value,
    reference: { kind: "file", path },
    made: true,
    cleanUp: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function madeToken(): string {
  return `ghp_${randomBytes(18).toString("hex")}`;
}

function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function checked(value: string, place: string): string {
  if (/^[\x21-\x7e]{4,255}$/.test(value)) return value;
  throw new CliError(`The token in ${place} cannot travel in a header.`, {
    exitCode: exitCode.usage,
    remedy: "Use 4 to 255 visible ASCII characters, or leave it out and one is made.",
  });
}

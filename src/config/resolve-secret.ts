import { readFile, stat } from "node:fs/promises";
import { DroverError } from "../core/ports/errors.ts";
import { describeReference, type SecretReference } from "./secret-reference.ts";

/** A secret could not be had. The message names the reference, never a value. */
export class SecretError extends DroverError {
  override readonly name = "SecretError";
  readonly code = "DROVER_SECRET";
  readonly retryable = false;
}

export interface ResolvedSecret {
  /** Without the spaces and line ends around it. */
  readonly value: string;
  /** Set when the file can be read by others than its owner. */
  readonly advice?: string;
}

/** Larger files are no tokens or keys. */
const longestBytes = 65_536;

/**
 * Fetches what a reference names: the one place where configuration becomes secret.
 *
 * @throws {SecretError} the variable is not set, the file cannot be read, or there is nothing in it.
 */
export async function resolveSecret(
  reference: SecretReference,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ResolvedSecret> {
  return reference.kind === "env" ? fromEnvironment(reference, environment) : await fromFile(reference);
}

function fromEnvironment(
  reference: Extract<SecretReference, { kind: "env" }>,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedSecret {
  const value = environment[reference.name]?.trim() ?? "";
  if (value !== "") return { value };
  const state = environment[reference.name] === undefined ? "is not set" : "is empty";
  throw new SecretError(
    `The secret ${describeReference(reference)} is missing: the environment variable ${state}. ` +
      `Set it before starting Drover, or name a file: { file: PATH }.`,
  );
}

async function fromFile(reference: Extract<SecretReference, { kind: "file" }>): Promise<ResolvedSecret> {
  const name = describeReference(reference);
  let facts;
  let value: string;
  try {
    facts = await stat(reference.path);
    if (!facts.isFile() || facts.size > longestBytes) {
      throw new SecretError(`The secret ${name} is missing: that is not a file of at most 64 KiB. Correct the path.`);
    }
    value = (await readFile(reference.path, "utf8")).trim();
  } catch (error) {
    if (error instanceof SecretError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const why = code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "Drover may not read it" : code;
    throw new SecretError(
      `The secret ${name} is missing: ${why}. Put the secret there, with mode 0600, owned by Drover's user.`,
      {
        cause: error,
      },
    );
  }
  if (value === "") throw new SecretError(`The secret ${name} is missing: the file is empty. Put the secret into it.`);
  if ((facts.mode & 0o077) === 0) return { value };
  const mode = (facts.mode & 0o777).toString(8).padStart(4, "0");
  return {
    value,
    advice: `${reference.path} has mode ${mode}, so others can read the secret in it; run: chmod 600 ${reference.path}`,
  };
}

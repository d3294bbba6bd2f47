import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../system/make-folder.ts";

const minTokenLength = 16;

/** The API token cannot be used as it lies. */
export class TokenFileError extends Error {
  override readonly name = "TokenFileError";
  readonly code = "DROVER_API_TOKEN_FILE";
  readonly retryable = false;
  /** The setting to mend. */
  readonly setting = "token";
}

/**
 * The token in the file; a missing file is made (mode 0600, its folder 0700) with a new random token. Of two processes that
 * start at once one makes it and the other reads it.
 *
 * @throws {TokenFileError} others can read the file, it is no regular file, or it holds no usable token.
 */
export async function readOrMakeToken(path: string): Promise<{ readonly token: string; readonly made: boolean }> {
  await makeFolder(dirname(path), 0o700);
  const fresh = randomBytes(32).toString("base64url");
  try {
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      await file.writeFile(`${fresh}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return { token: fresh, made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return { token: await readToken(path), made: false };
}

async function readToken(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new TokenFileError(`The API token file ${path} is no regular file. Name another one.`);
    if ((stats.mode & 0o077) !== 0) {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
      throw new TokenFileError(
        `The API token file ${path} can be read by others (mode ${mode}), so Drover does not start its server. ` +
          `Run \`chmod 600 ${path}\`; if others may have read it, delete it and Drover makes a new token.`,
      );
    }
    return checkToken((await file.readFile("utf8")).trim(), `in ${path}`);
  } finally {
    await file.close();
  }
}

/** @throws {TokenFileError} shorter than 16 characters, or with characters that no header can carry. */
export function checkToken(token: string, where: string): string {
  if (token.length < minTokenLength || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TokenFileError(
      `The API token ${where} is too short or has characters that a header cannot carry. ` +
        `Use at least ${minTokenLength} visible ASCII characters, or delete the file and Drover makes one.`,
    );
  }
  return token;
}

/** Compares in a time that does not depend on where the two differ. */
export function tokenMatches(expected: string, authorization: string | undefined): boolean {
  const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? "")?.[1];
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(expected), digest(given ?? "")) && given !== undefined;
}

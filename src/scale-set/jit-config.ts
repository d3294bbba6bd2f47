import { DecodeError } from "./json.ts";

/** Files that make a runner's root directory a registered runner. Their contents hold a private key: a secret. */
export type JitFiles = Readonly<Record<string, Buffer>>;

/**
 * Takes a JIT configuration apart: base64 of a JSON object from file name to base64 of the file.
 *
 * @throws {DecodeError} not of that form, or a name that is not a plain file name.
 */
export function decodeJitConfig(encoded: string): JitFiles {
  let value: unknown;
  try {
    value = JSON.parse(fromBase64(encoded).toString("utf8"));
  } catch {
    throw new DecodeError("the JIT configuration is not base64 of a JSON object");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DecodeError("the JIT configuration is not base64 of a JSON object");
  }
  return Object.fromEntries(Object.entries(value).map(([name, content]) => [name, fileContent(name, content)]));
}

/** The reverse of {@link decodeJitConfig}. */
export function encodeJitConfig(files: Readonly<Record<string, string | Uint8Array>>): string {
  const encoded = Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString("base64")]);
  return Buffer.from(JSON.stringify(Object.fromEntries(encoded))).toString("base64");
}

// The runner joins these names to its root directory unchecked, so a name with a path could write anywhere.
function fileContent(name: string, content: unknown): Buffer {
  if (!/^[\w.-]+$/.test(name) || name === "." || name === "..") {
    throw new DecodeError("the JIT configuration names a file that is not a plain file name");
  }
  if (typeof content !== "string") throw new DecodeError("the JIT configuration holds something else than files");
  try {
    return fromBase64(content);
  } catch {
    throw new DecodeError("the JIT configuration holds a file that is not base64");
  }
}

// Buffer.from skips what is not base64; a truncated blob must not pass as a shorter one.
function fromBase64(text: string): Buffer {
  const trimmed = text.trim();
  if (trimmed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(trimmed)) throw new Error("not base64");
  return Buffer.from(trimmed, "base64");
}

/** What stands where a secret stood. */
export const redacted = "[redacted]";

/**
 * Shapes of secrets, by what they look like and not by where they stand: a token that a server echoes in an error message is as
 * bad as one in a header. Sources: GitHub's token prefixes (docs.github.com, "About authentication to GitHub"), RFC 7519 (a
 * JWT begins with the base64 of `{"`), and the JIT configuration, which is base64 of a JSON object too.
 */
const shapes: readonly { readonly pattern: RegExp; readonly replacement: string }[] = [
  { pattern: /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g, replacement: redacted },
  { pattern: /(?:gh[opsur]_|github_pat_)[A-Za-z0-9_.-]{4,}/g, replacement: redacted },
  // Base64 of an object, begun by `{"`, `{ "` or a line break; with dots it is a JWT.
  {
    pattern: /(?:ey[IJ]|eyAi|ewo[gJi]|ew0K|ewki)[A-Za-z0-9+/_-]{12,}={0,2}(?:\.[A-Za-z0-9_-]*){0,4}/g,
    replacement: redacted,
  },
  { pattern: /\b(Bearer|RemoteAuth)(\s+)[^\s"'\\,;]+/gi, replacement: `$1$2${redacted}` },
  {
    pattern: /\b(authorization["']?\s*[:=]\s*["']?)(?!\s*(?:Bearer|RemoteAuth)\b)[^"'\\\r\n,;]+/gi,
    replacement: `$1${redacted}`,
  },
  // Passwords in addresses, and the query members that carry a signature or a token.
  { pattern: /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s"'@]+@/gi, replacement: `$1${redacted}@` },
  { pattern: /([?&](?:sig|token|access_token|client_secret|code)=)[^&\s"'\\#]+/gi, replacement: `$1${redacted}` },
  // The private numbers of an RSA key, as a decoded JIT configuration shows them.
  { pattern: /("(?:d|p|q|dp|dq|qi|inverseQ)"\s*:\s*")[A-Za-z0-9+/_=-]{16,}/gi, replacement: `$1${redacted}` },
  // Any unbroken run this long is a key or a blob, and nothing a person reads in a log.
  { pattern: /[A-Za-z0-9+/_=-]{300,}/g, replacement: redacted },
];

/** Members whose value is a secret whatever it looks like. */
const secretNames =
  /^(?:.*[_-])?(?:authorization|cookie|set-cookie)$|(?:token|secret|password|passphrase|private_?key|jit_?config)$/i;

/** The text without anything that looks like a secret. Idempotent; linear in the text's length. */
export function redact(text: string): string {
  return shapes.reduce((clean, { pattern, replacement }) => clean.replace(pattern, replacement), text);
}

/** A copy of a JSON-like value in which every string is clean, and every member that is named like a secret is hidden. */
export function redactValue(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redact(name),
      typeof member === "string" && member !== "" && secretNames.test(name) ? redacted : redactValue(member),
    ]),
  );
}

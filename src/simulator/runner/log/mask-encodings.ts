/** The forms in which programs print a value they were given; a secret is masked in each of them. */
export function encodingsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value, "utf8");
  return [
    value,
    base64From(bytes, 0),
    base64From(bytes, 1),
    base64From(bytes, 2),
    encodeURIComponent(value.toWellFormed()),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "''"),
    value.replace(/[&<>"']/g, (character) => xmlEntities[character] ?? character),
    /^"[^]+"$/.test(value) ? value.slice(1, -1) : value,
  ].filter((form) => form !== "");
}

const xmlEntities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * Base64 of a value that starts `skip` bytes before a multiple of three: how it looks inside a longer encoded text. Only
 * whole groups of four characters are sure, the rest depends on the neighbours.
 */
function base64From(bytes: Buffer, skip: number): string {
  const rest = bytes.subarray(skip);
  // A short run of base64 characters would mask innocent words.
  if (rest.length < 6) return "";
  if (skip === 0) return rest.toString("base64").replace(/=+$/, "");
  return rest.subarray(0, rest.length - (rest.length % 3)).toString("base64");
}

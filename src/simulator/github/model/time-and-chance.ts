/** Time as the model sees it. Handed in, so that a front or a simulated world decides how it passes. */
export interface ModelClock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** Chance as the model sees it. Handed in, so that one seed gives the same identifiers again. */
export interface ModelRandom {
  /** Uniform in [0, 1). */
  next(): number;
}

const hexDigits = "0123456789abcdef";

/** `length` lower-case hexadecimal digits. */
export function randomHex(random: ModelRandom, length: number): string {
  let text = "";
  for (let index = 0; index < length; index += 1) text += hexDigits[Math.floor(random.next() * 16)];
  return text;
}

/** A canonical lower-case GUID of version 4. */
export function randomGuid(random: ModelRandom): string {
  const variant = hexDigits[8 + Math.floor(random.next() * 4)];
  return (
    `${randomHex(random, 8)}-${randomHex(random, 4)}-4${randomHex(random, 3)}-` +
    `${variant}${randomHex(random, 3)}-${randomHex(random, 12)}`
  );
}

/** An instant as the service writes it; the zero time stands for "does not apply". */
export function instantText(atMs: number | undefined): string {
  return atMs === undefined ? "0001-01-01T00:00:00Z" : new Date(atMs).toISOString();
}

/** An instant as GitHub's REST interface writes it: whole seconds, or null. */
export function restInstant(atMs: number | undefined): string | null {
  return atMs === undefined ? null : `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

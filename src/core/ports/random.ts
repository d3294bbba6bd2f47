/** Randomness as a dependency, so that one seed replays a whole day. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** `length` characters of lower-case base 32 without look-alikes, for identities that people read aloud. */
export function randomWord(random: Random, length: number): string {
  const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
  return Array.from({ length }, () => alphabet[Math.floor(random.next() * alphabet.length)]).join("");
}

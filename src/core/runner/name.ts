import { randomWord, type Random } from "../ports/random.ts";

/** The parts of a runner's name: `pool-incarnation-serial`. */
export interface RunnerNameParts {
  readonly pool: string;
  readonly incarnation: string;
  readonly serial: number;
}

const markLength = 4;
const drawnLength = 6;
const pattern = /^(.+)-([a-z0-9]{10})-(\d{1,9})$/;

/**
 * Drawn once when the process starts, so that a restart can never reuse a name, even with the journal deleted. Its first four
 * characters are the installation's mark: GitHub keeps no tags on registrations, so the name itself must say whose it is.
 */
export function drawIncarnation(installation: string, random: Random): string {
  return installationMark(installation) + randomWord(random, drawnLength);
}

/** At most 31 + 1 + 10 + 1 + 9 characters: inside GitHub's limit of 64. */
export function runnerName(pool: string, incarnation: string, serial: number): string {
  return `${pool}-${incarnation}-${serial}`;
}

/** The parts of a name that this installation gave, in any incarnation; undefined for everybody else's. */
export function parseRunnerName(name: string, installation: string): RunnerNameParts | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [, pool = "", incarnation = "", serial = ""] = match;
  return incarnation.startsWith(installationMark(installation))
    ? { pool, incarnation, serial: Number(serial) }
    : undefined;
}

/** FNV-1a, folded to four characters: enough to tell the installations of one scope apart, and free of imports. */
function installationMark(installation: string): string {
  const alphabet = "abcdefghjkmnpqrstuvwxyz23456789";
  let hash = 0x811c9dc5;
  for (const character of installation) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  let mark = "";
  for (let index = 0; index < markLength; index += 1) {
    mark += alphabet[hash % alphabet.length];
    hash = Math.floor(hash / alphabet.length);
  }
  return mark;
}

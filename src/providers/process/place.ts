import { createHash } from "node:crypto";
import { join } from "node:path";

/**
 * Where one instance lives. Only `home` and `tmp` belong to the runner; the rest is Drover's. Few files on purpose: each costs a
 * launch a fifth of a millisecond.
 *
 *     WORKROOT/INSTALLATION/RUNNER/
 *       keeper        its record (see record.ts) and the script that starts the runner and notes how it ended
 *       life          the start, claimed once; who runs, by pid and start time; the exit status
 *       output.log    what the runner printed
 *       home          HOME, mode 0700
 *       home/runner   the runner's root and working directory
 *       tmp           TMPDIR
 */
export interface InstancePlace {
  readonly installation: string;
  readonly runner: string;
  readonly directory: string;
  readonly keeper: string;
  readonly life: string;
  readonly log: string;
  readonly home: string;
  readonly runnerRoot: string;
  readonly tmp: string;
}

export function instancePlace(workRoot: string, installation: string, runner: string): InstancePlace {
  return placeIn(join(workRoot, pathSegment(installation), pathSegment(runner)), installation, runner);
}

/** The same files in another directory: an instance is put together beside its place and then moved there in one step. */
export function placeIn(directory: string, installation: string, runner: string): InstancePlace {
  return {
    installation,
    runner,
    directory,
    keeper: join(directory, "keeper"),
    life: join(directory, "life"),
    log: join(directory, "output.log"),
    home: join(directory, "home"),
    runnerRoot: join(directory, "home/runner"),
    tmp: join(directory, "tmp"),
  };
}

/**
 * One file name for one name, and back: letters, digits, `-`, `_` and inner dots stay as they are, everything else is percent-encoded.
 *
 * @throws {RangeError} no file name can carry it.
 */
export function pathSegment(name: string): string {
  if (!name.isWellFormed()) throw new RangeError("A name is not well-formed Unicode.");
  const segment = encodeURIComponent(name)
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^\./, "%2E");
  if (segment.length === 0 || segment.length > 200) {
    throw new RangeError(`The name "${name.slice(0, 40)}" is empty or too long for a directory.`);
  }
  return segment;
}

/** Undefined for what `pathSegment` never makes, for example the hidden names of unfinished instances. */
export function nameOfSegment(segment: string): string | undefined {
  try {
    const name = decodeURIComponent(segment);
    return pathSegment(name) === segment ? name : undefined;
  } catch {
    return undefined;
  }
}

/** A number of 46 bits for one place: the mark that every process of the instance inherits (see marks.ts). */
export function placeNumber(directory: string): number {
  return createHash("sha256").update(directory).digest().readUIntBE(0, 6) % 2 ** 46;
}

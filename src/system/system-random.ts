import { randomInt } from "node:crypto";
import type { Random } from "../core/ports/random.ts";

const resolution = 2 ** 47;

/** The machine's own randomness, good enough for names that must never repeat. */
export const systemRandom: Random = { next: () => randomInt(resolution) / resolution };

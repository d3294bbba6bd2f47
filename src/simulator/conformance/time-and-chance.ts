import { generateKeyPairSync } from "node:crypto";
import type { RsaPrivateJwk } from "../github/model/jit/rsa-parameters.ts";
import type { KeyRing } from "../github/model/key-ring.ts";

let sharedKey: RsaPrivateJwk | undefined;

/** One key for every runner of every test: making one takes a while and tests do not care. */
export const labKeys: KeyRing = {
  next: (onKey) => {
    sharedKey ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      format: "jwk",
    }) as unknown as RsaPrivateJwk;
    onKey(sharedKey);
  },
};

export class VirtualClock {
  #nowMs = Date.UTC(2026, 10, 21, 12);

  nowMs(): number {
    return this.#nowMs;
  }

  pass(durationMs: number): void {
    this.#nowMs += durationMs;
  }
}

/** Mulberry32: small, and the same everywhere. */
export function seededRandom(seed: number): { next(): number } {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

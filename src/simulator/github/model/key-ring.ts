import type { RsaPrivateJwk } from "./jit/rsa-parameters.ts";

/** Where runner keys come from. Making one takes a large part of a second, so a front makes a few and hands them round. */
export interface KeyRing {
  /** @param onKey called once with the next key, possibly before `next` returns. */
  next(onKey: (key: RsaPrivateJwk) => void): void;
}

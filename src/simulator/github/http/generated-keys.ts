import { generateKeyPair } from "node:crypto";
import type { RsaPrivateJwk } from "../model/jit/rsa-parameters.ts";
import type { KeyRing } from "../model/key-ring.ts";

/** Keys that are made and then used round robin. The simulator's runners are not strangers to one another. */
const keysMax = 16;

/** Makes keys in the thread pool when they are first needed; later runners share them. */
export function generatedKeys(): KeyRing {
  const keys: Promise<RsaPrivateJwk>[] = [];
  let asked = 0;
  return {
    next: (onKey) => {
      const index = asked % keysMax;
      asked += 1;
      const key = (keys[index] ??= makeKey());
      key.then(onKey, (error: unknown) => {
        // Without a key no runner can be registered, and nothing here can mend that.
        queueMicrotask(() => {
          throw error;
        });
      });
    },
  };
}

function makeKey(): Promise<RsaPrivateJwk> {
  return new Promise((resolve, reject) => {
    generateKeyPair("rsa", { modulusLength: 2048 }, (error, _publicKey, privateKey) => {
      if (error === null) resolve(privateKey.export({ format: "jwk" }) as unknown as RsaPrivateJwk);
      else reject(error);
    });
  });
}

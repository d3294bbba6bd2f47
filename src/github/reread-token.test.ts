import { expect, test } from "vitest";
import { never } from "../../test/scale-set/scripted-transport.ts";
import { PatTokenSource } from "../scale-set/pat-token.ts";
import { ServiceError } from "../scale-set/service-error.ts";
import type { TokenSource } from "../scale-set/token-source.ts";
import { RereadTokenSource } from "./reread-token.ts";

function setup(make: (secret: string) => TokenSource = (secret) => new PatTokenSource(secret)) {
  const file = { text: "ghp_old" as string | undefined, readings: 0 };
  const reread = () => {
    file.readings += 1;
    return file.text === undefined ? Promise.reject(new Error("no such file")) : Promise.resolve(file.text);
  };
  const source = new RereadTokenSource({ secret: "ghp_old", reread, make });
  return { file, source, value: async () => (await source.token({ signal: never })).value };
}

test("a token file is read again when GitHub refuses the token, and not before", async () => {
  const { file, source, value } = setup();
  file.text = "ghp_new";
  expect(await value()).toBe("ghp_old");
  expect(file.readings).toBe(0);
  source.invalidate("ghp_old");
  expect(await value()).toBe("ghp_new");
  expect(await value()).toBe("ghp_new");
  expect(file.readings).toBe(1);
});

test("a file that is away or empty while it is replaced leaves the old token, and is read again at the next refusal", async () => {
  const { file, source, value } = setup();
  for (const text of [undefined, ""]) {
    file.text = text;
    source.invalidate("ghp_old");
    expect(await value()).toBe("ghp_old");
  }
  file.text = "ghp_new";
  source.invalidate("ghp_old");
  expect(await value()).toBe("ghp_new");
});

test("an App's key that GitHub refuses is read again at once; the same key is not tried twice", async () => {
  let attempts = 0;
  const { file, value } = setup((key) => ({
    token: () => {
      attempts += 1;
      return key === "ghp_old"
        ? Promise.reject(new ServiceError("Unauthorized", "bad key", { method: "POST", url: "http://github.test" }))
        : Promise.resolve({ value: `token of ${key}`, expiresAtMs: undefined });
    },
    invalidate: () => undefined,
  }));
  await expect(value()).rejects.toThrow("bad key");
  expect(attempts).toBe(1);
  file.text = "new key";
  expect(await value()).toBe("token of new key");
});

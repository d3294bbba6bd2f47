import { expect, test } from "vitest";
import { never } from "../../test/scale-set/scripted-transport.ts";
import { VirtualClock } from "../../test/scale-set/virtual-clock.ts";
import { CachedTokenSource } from "./cached-token.ts";

function setup(lifeMs: number | undefined = 3_600_000) {
  const clock = new VirtualClock();
  const invalidated: string[] = [];
  let minted = 0;
  const cached = new CachedTokenSource(
    {
      token: async () => {
        minted += 1;
        const value = `ghs_${minted}`;
        await Promise.resolve();
        return { value, expiresAtMs: lifeMs === undefined ? undefined : clock.nowMs() + lifeMs };
      },
      invalidate: (value) => void invalidated.push(value),
    },
    clock,
  );
  const value = async () => (await cached.token({ signal: never })).value;
  return { clock, cached, value, invalidated, minted: () => minted };
}

test("a token is minted once for everybody and kept until five minutes before its end", async () => {
  const { clock, value, minted } = setup();

  expect(await Promise.all(Array.from({ length: 20 }, value))).toEqual(Array.from({ length: 20 }, () => "ghs_1"));
  await clock.advance(3_299_999);
  expect(await value()).toBe("ghs_1");
  await clock.advance(1);
  expect(await value()).toBe("ghs_2");
  expect(minted()).toBe(2);
});

test("a refused token is never handed out again, a newer one stays", async () => {
  const { cached, value, invalidated } = setup();
  expect(await value()).toBe("ghs_1");
  cached.invalidate("ghs_1");
  expect(await value()).toBe("ghs_2");
  cached.invalidate("ghs_1");

  expect(await value()).toBe("ghs_2");
  expect(invalidated).toEqual(["ghs_1", "ghs_1"]);
});

test("a token without a known end is asked for each time", async () => {
  const clock = new VirtualClock();
  let asked = 0;
  const cached = new CachedTokenSource(
    { token: () => Promise.resolve({ value: `t${++asked}`, expiresAtMs: undefined }), invalidate: () => undefined },
    clock,
  );

  await cached.token({ signal: never });
  expect((await cached.token({ signal: never })).value).toBe("t2");
});

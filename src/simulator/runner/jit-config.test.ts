import { expect, test } from "vitest";
import { decodeJitConfig, JitConfigError } from "./jit-config.ts";

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");

test("a JIT config without credentials is refused by name", () => {
  expect(() => decodeJitConfig(encode({ ".runner": encode({ agentId: 7, agentName: "r1" }) }))).toThrow(
    "has no .credentials",
  );
});

test("a static token in place of OAuth credentials is refused", () => {
  const files = {
    ".runner": encode({}),
    ".credentials": encode({ scheme: "OAuthAccessToken", data: { token: "secret" } }),
  };

  expect(() => decodeJitConfig(encode(files))).toThrow(JitConfigError);
  expect(() => decodeJitConfig(encode(files))).toThrow(/^((?!secret).)*$/s);
});

test("text that is no base64 of JSON is refused", () => {
  expect(() => decodeJitConfig("%%%")).toThrow(JitConfigError);
});

import { expect, test } from "vitest";
import { decodeJitConfig, encodeJitConfig } from "./jit-config.ts";

const minimal = "eyIucnVubmVyIjoiZTMwPSJ9";
const threeFiles =
  "eyIucnVubmVyIjoiZXlKQloyVnVkRWxrSWpvaU9TSjkiLCIuY3JlZGVudGlhbHMiOiJleUpUWTJobGJXVWlPaUpQUVhWMGFDSjkiLCIuY3JlZGVudGlhbHNfcnNhcGFyYW1zIjoiZXlKa0lqb2lRVkU5UFNKOSJ9";

test.each([
  [minimal, { ".runner": "{}" }],
  [
    threeFiles,
    { ".runner": '{"AgentId":"9"}', ".credentials": '{"Scheme":"OAuth"}', ".credentials_rsaparams": '{"d":"AQ=="}' },
  ],
])("C-41 a JIT configuration decodes and encodes", (encoded, files) => {
  const decoded = decodeJitConfig(encoded);

  expect(Object.fromEntries(Object.entries(decoded).map(([name, bytes]) => [name, bytes.toString()]))).toEqual(files);
  expect(encodeJitConfig(files)).toBe(encoded);
});

test.each([
  ["cut short", threeFiles.slice(0, -3)],
  ["no base64", "%%%%"],
  ["no object", Buffer.from("[1]").toString("base64")],
  ["a path for a name", encodeJitConfig({ "../.ssh/authorized_keys": "x" })],
  ["a parent for a name", encodeJitConfig({ "..": "x" })],
  ["a number for a file", Buffer.from('{".runner":5}').toString("base64")],
  ["a file that is no base64", Buffer.from('{".runner":"e30"}').toString("base64")],
])("a JIT configuration with %s is refused without being quoted", (_what, encoded) => {
  expect(() => decodeJitConfig(encoded)).toThrow(/^the JIT configuration [a-z0-9 ]+$/i);
});

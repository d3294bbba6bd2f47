import { expect, test } from "vitest";
import { proxyFor, proxyFromEnvironment } from "./proxy-choice.ts";

const settings = { httpProxy: "http://plain:3128", httpsProxy: "secure:3129" };

test.each([
  ["http://github.test/", "http://plain:3128"],
  ["https://github.test/", "http://secure:3129"],
  ["http://localhost:4000/", undefined],
  ["http://127.0.0.9/", undefined],
  ["http://[::1]:4000/", undefined],
])("C-40 the proxy of %s is %s", (target, proxy) => {
  expect(proxyFor(new URL(target), settings)).toBe(proxy);
});

test.each([
  ["example.com", "https://example.com/", true],
  ["example.com", "https://api.example.com/", true],
  ["example.com", "https://badexample.com/", false],
  [".example.com", "https://example.com/", false],
  [".example.com", "https://api.example.com/", true],
  ["*.example.com", "https://api.example.com/", true],
  ["example.com:8443", "https://example.com/", false],
  ["example.com:8443", "https://example.com:8443/", true],
  ["example.com:443", "https://example.com/", true],
  ["a.test, EXAMPLE.com", "https://Example.COM/", true],
  ["*", "https://anything.test/", true],
  ["10.0.0.0/8", "https://10.1.2.3/", true],
  ["10.0.0.0/8", "https://11.1.2.3/", false],
  ["0.0.0.0/0", "https://11.1.2.3/", true],
  ["10.1.2.3", "https://10.1.2.3/", true],
  ["[fd00::1]", "https://[fd00::1]/", true],
  ["fd00::/8", "https://[fd12::1]/", true],
  ["fd00::/8", "https://[fe80::1]/", false],
  ["[fd00::]/8", "https://[fd12::1]/", true],
  ["fd00::/129", "https://[fd12::1]/", false],
  ["10.0.0.0/8", "https://[fd12::1]/", false],
  ["10.0.0.0/x", "https://10.1.2.3/", false],
  ["", "https://example.com/", false],
  [" , ", "https://example.com/", false],
])("C-40 NO_PROXY %j and %s: direct is %s", (noProxy, target, direct) => {
  expect(proxyFor(new URL(target), { ...settings, noProxy }) === undefined).toBe(direct);
});

test("C-40 the usual variables are read in both spellings, the lower one first", () => {
  expect(
    proxyFromEnvironment({ HTTP_PROXY: "A", http_proxy: "b", HTTPS_PROXY: "C", no_proxy: "d", NO_PROXY: "E" }),
  ).toEqual({ httpProxy: "b", httpsProxy: "C", noProxy: "d" });
  expect(proxyFromEnvironment({ HTTP_PROXY: "" })).toEqual({});
});

test("without a proxy for the scheme the connection is direct", () => {
  expect(proxyFor(new URL("https://github.test/"), { httpProxy: "http://plain:3128" })).toBeUndefined();
});

import { expect, test } from "vitest";
import { addressUrl, hostHeaderName, isLoopback, parseListenAddress } from "./listen-address.ts";

test.each([
  ["127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
  ["localhost:0", { host: "localhost", port: 0 }],
  ["[::1]:8080", { host: "::1", port: 8080 }],
])("%s is an address to listen on", (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
  expect(addressUrl(address)).toBe(`http://${text}`);
  expect(isLoopback(address.host)).toBe(true);
});

test.each(["8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[localhost]:80", "a b:80", ""])(
  "%j is none",
  (text) => {
    expect(() => parseListenAddress(text)).toThrow(/Write HOST:PORT/);
  },
);

test("a host is compared as a Host header writes it", () => {
  expect(hostHeaderName("::1")).toBe("[::1]");
  expect(hostHeaderName("Drover.Example")).toBe("drover.example");
  expect(isLoopback("10.0.0.1")).toBe(false);
});

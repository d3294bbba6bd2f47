import { expect, test } from "vitest";
import { joinServiceUrl, messageUrl, pollUrl } from "./service-url.ts";

const path = "/_apis/runtime/runnerscalesets";

test.each([
  ["https://s.test", `https://s.test${path}?api-version=6.0-preview&name=n`],
  ["https://s.test/", `https://s.test${path}?api-version=6.0-preview&name=n`],
  ["https://s.test/rest", `https://s.test/rest${path}?api-version=6.0-preview&name=n`],
  ["https://s.test/tenant/123/", `https://s.test/tenant/123${path}?api-version=6.0-preview&name=n`],
  ["https://s.test/a//b/./c/../d%2Fe/", `https://s.test/a/b/d%2Fe${path}?api-version=6.0-preview&name=n`],
  ["https://s.test/rest?z=1&b=%20x", `https://s.test/rest${path}?api-version=6.0-preview&b=+x&name=n&z=1`],
  ["https://s.test/rest?api-version=7", `https://s.test/rest${path}?api-version=7&name=n`],
  ["https://s.test/rest?api-version=", `https://s.test/rest${path}?api-version=6.0-preview&name=n`],
  ["https://s.test/rest?name=other&b=1", `https://s.test/rest${path}?api-version=6.0-preview&b=1&name=n`],
  ["https://S.test:443/rest", `https://S.test:443/rest${path}?api-version=6.0-preview&name=n`],
])("C-11 a call joins the service URL %s", (base, expected) => {
  expect(joinServiceUrl(base, path, [["name", "n"]])).toBe(expected);
});

test("C-11 a trailing slash of the operation's path stays", () => {
  expect(joinServiceUrl("https://s.test/t/", "/_apis/runtime/runnergroups/", [["groupName", "g"]])).toBe(
    "https://s.test/t/_apis/runtime/runnergroups/?api-version=6.0-preview&groupName=g",
  );
});

test("C-11 values are encoded, so that a name cannot become another parameter", () => {
  expect(joinServiceUrl("https://s.test", path, [["name", "a b&c=d#e+f;g~h*"]])).toBe(
    `https://s.test${path}?api-version=6.0-preview&name=a+b%26c%3Dd%23e%2Bf%3Bg~h%2A`,
  );
});

test("C-29 the first poll uses the queue URL byte for byte", () => {
  expect(pollUrl("https://q.test/q/message?z=1&a=%2Fx", 0)).toBe("https://q.test/q/message?z=1&a=%2Fx");
});

test("C-29 a cursor is merged into the query, which is then sorted", () => {
  expect(pollUrl("https://q.test/q/message?z=1&a=%2Fx", 7)).toBe("https://q.test/q/message?a=%2Fx&lastMessageId=7&z=1");
  expect(pollUrl("https://q.test/q/message", 9007199254740991)).toBe(
    "https://q.test/q/message?lastMessageId=9007199254740991",
  );
});

test("C-34 a message's URL appends its id to the path and keeps the query", () => {
  expect(messageUrl("http://h/q/message?z=1&a=%2Fx", 3)).toBe("http://h/q/message/3?z=1&a=%2Fx");
  expect(messageUrl("http://h/q/message", 3)).toBe("http://h/q/message/3");
});

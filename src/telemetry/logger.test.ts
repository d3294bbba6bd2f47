import { describe, expect, test } from "vitest";
import { createLogger, type LoggerOptions } from "./logger.ts";

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const log = createLogger({
    clock: { nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) },
    destination: { write: (text: string) => lines.push(text), isTTY: options.format === "pretty" },
    level: "debug",
    color: false,
    ...options,
  });
  return {
    log,
    text: () => lines.join(""),
    records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

const jitConfig = Buffer.from(
  JSON.stringify({ ".runner": "eyJhZ2VudElkIjoiMSJ9", ".credentials": "x".repeat(80) }),
).toString("base64");
const canaries: readonly (readonly [what: string, text: string, secret: string])[] = [
  [
    "an installation token",
    "failed with ghs_16C7e42F292c6912E7710c838347Ae178B4a today",
    "16C7e42F292c6912E7710c838347Ae178B4a",
  ],
  ["a classic personal token", "ghp_abcdEFGH1234abcdEFGH1234abcdEFGH1234", "abcdEFGH1234"],
  ["a fine-grained token", "x=github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuv", "11ABCDEFG0"],
  ["an OAuth token", "gho_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F29"],
  ["a user token", "ghu_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e42F29"],
  ["a JWT", "got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTYifQ.c2lnbmF0dXJlLWNhbmFyeQ back", "c2lnbmF0dXJlLWNhbmFyeQ"],
  ["a JIT configuration", `config ${jitConfig} end`, jitConfig.slice(20, 60)],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIEcanary\nAAAA\n-----END RSA PRIVATE KEY-----", "MIIEcanary"],
  ["a private key cut short", "-----BEGIN PRIVATE KEY-----\nMIIEcanary", "MIIEcanary"],
  ["a Bearer value", "Authorization: Bearer canary-0123", "canary-0123"],
  ["a RemoteAuth value", 'header "RemoteAuth canary-0123"', "canary-0123"],
  ["a Basic value", "authorization: Basic Y2FuYXJ5OmNhbmFyeQ==", "Y2FuYXJ5"],
  ["a password in an address", "postgres://drover:canary-0123@db/drover", "canary-0123"],
  ["a signature in an address", "https://x.blob/y?sv=1&sig=canary%2B0123&se=2", "canary%2B0123"],
  ["an RSA number", '{"modulus":"AQAB","d":"canary0123456789canary=="}', "canary0123456789"],
];

describe("no log line carries a secret", () => {
  test.each(canaries)(
    "%s: in a field, deep in a field, in the message, a child's binding, an error and its causes",
    (_what, text, secret) => {
      const { log, text: output, records } = capture();
      const error = new Error("outer", { cause: new Error(text, { cause: { note: text } }) });

      log.info({ note: text }, "a field");
      log.info({ deep: { list: [{ note: text }], map: new Map([["k", text]]) } }, "deep in a field");
      log.info(text);
      log.child({ note: text }).info("a child");
      log.warn({ err: error }, "an error");
      log.warn({ failure: { why: error } }, "an error elsewhere");
      log.error(new Error(text));
      log.error({ err: new AggregateError([new Error(text)], "several") });

      expect(records()).toHaveLength(8);
      expect(output()).not.toContain(secret);
      expect(output()).toContain("[redacted]");
    },
  );

  test.each(canaries)("%s: on a terminal either", (_what, text, secret) => {
    const { log, text: output } = capture({ format: "pretty" });

    log.warn({ note: text, err: new Error("outer", { cause: new Error(text) }) }, "a warning");

    expect(output()).not.toContain(secret);
    expect(output()).toContain("because of");
  });

  test("a member that is named like a secret is hidden whatever its value looks like", () => {
    const { log, records } = capture();

    log.info(
      { github: { token: "short", clientSecret: "s", tokenFile: "/run/token", encodedJitConfig: "abc" } },
      "config",
    );

    expect(records()[0]?.["github"]).toEqual({
      token: "[redacted]",
      clientSecret: "[redacted]",
      tokenFile: "/run/token",
      encodedJitConfig: "[redacted]",
    });
  });
});

describe("a log line", () => {
  test("keeps ordinary facts as they are", () => {
    const { log, records } = capture();

    log.info(
      { pool: "linux-x64", runner: "linux-x64-k3m9-12", url: "https://github.com/acme/widgets?ref=main", n: 3 },
      "runner launched",
    );

    expect(records()).toEqual([
      {
        level: "info",
        time: "2026-01-02T03:04:05.000Z",
        pool: "linux-x64",
        runner: "linux-x64-k3m9-12",
        url: "https://github.com/acme/widgets?ref=main",
        n: 3,
        msg: "runner launched",
      },
    ]);
  });

  test("keeps an error's type, code, message and causes", () => {
    const { log, records } = capture();
    const cause = Object.assign(new TypeError("socket closed"), { code: "ECONNRESET" });

    log.warn({ err: new Error("poll failed", { cause }) }, "poll failed");

    expect(records()[0]?.["err"]).toMatchObject({
      type: "Error",
      message: "poll failed",
      cause: { type: "TypeError", code: "ECONNRESET", message: "socket closed" },
    });
  });

  test("survives an error that is its own cause", () => {
    const { log, records } = capture();
    const error = new Error("loop");
    error.cause = error;

    log.error({ err: error }, "loop");

    expect(records()).toHaveLength(1);
  });

  test("is one readable line with its facts on a terminal", () => {
    const { log, text } = capture({ format: "pretty" });

    log.info({ pool: "linux", note: "two words" }, "runner launched");

    log.info({ pool: "linux" }, "seen");

    expect(text()).toMatch(/^\d\d:\d\d:05 info {2}runner launched pool=linux note="two words"\n/);
    expect(text()).toMatch(/:05 info {2}seen {9}pool=linux\n$/);
  });
});

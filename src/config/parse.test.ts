import { describe, expect, test } from "vitest";
import { formatProblem, parseConfig, type Config } from "./index.ts";

const smallest = `
github: { credentials: { main: { token: { env: GITHUB_TOKEN } } } }
pools: [{ name: linux-x64, scope: acme }]
runner: { dir: /opt/actions-runner }
`;

function parsed(text: string): Config {
  const result = parseConfig(text, "/etc/drover/drover.yaml");
  if ("errors" in result) throw new Error(result.errors.map(formatProblem).join("\n"));
  return result.config;
}

function errorsOf(text: string): string[] {
  const result = parseConfig(text, "drover.yaml");
  return "errors" in result ? result.errors.map(formatProblem) : [];
}

/** The smallest file with one more pool line, one more key, or both. */
const withPool = (lines: string): string => `github: { credentials: { main: { token: { env: T } } } }
runner: { dir: /r }
pools:
  - name: linux
    scope: acme
${lines}`;

describe("a good file", () => {
  test("needs a pool's name and scope, one credential and the runner; the rest has defaults", () => {
    const config = parsed(smallest);

    expect(config.pools).toEqual([
      {
        name: "linux-x64",
        scope: "acme",
        credential: "main",
        demand: ["scale-set"],
        labels: ["linux-x64"],
        runnerGroup: "Default",
        size: { minIdle: 0, max: 4, idleGraceMs: 300_000 },
        lifecycle: "ephemeral",
        deadlines: { bootMs: 300_000, jobMs: 21_600_000, drainMs: 900_000 },
        retries: { attempts: 5, perHour: 20 },
        placement: [{ provider: "host", max: 4 }],
        onStop: "drain",
      },
    ]);
    expect(config.github.url).toBe("https://github.com");
  });

  test("everything whose place is not given lives under stateDir, beside the file", () => {
    const config = parsed(smallest);

    expect(config.stateDir).toBe("/etc/drover/.drover");
    expect(config.providers["host"]?.workRoot).toBe("/etc/drover/.drover/work");
    expect(config.server.socket).toBe("/etc/drover/.drover/drover.sock");
    expect(config.server.token).toEqual({ kind: "file", path: "/etc/drover/.drover/api-token" });
  });

  test("nothing listens on the network until server.listen is given", () => {
    expect(parsed(smallest).server.listen).toBeUndefined();
    expect(parsed(`${smallest}server: { listen: "127.0.0.1:8080" }`).server.listen).toBe("127.0.0.1:8080");
    expect(parsed(`${smallest}server: { listen: off }`).server.listen).toBeUndefined();
  });

  test("a socket below a folder too deep for a socket's path moves to the temporary folder", () => {
    const deep = `/tmp/${"deep/".repeat(30)}drover.yaml`;
    const result = parseConfig(smallest, deep);

    expect("config" in result && result.config.server.socket.length).toBeLessThan(108);
  });

  test("durations become milliseconds and sizes bytes", () => {
    const config = parsed(`${withPool("    size: { idleGrace: 30s }\n    deadlines: { boot: 5m, job: 6h, drain: 1d }")}
providers: { host: { kind: process, limits: { cpu: 2, memory: 2Gi } } }`);

    expect(config.pools[0]?.size.idleGraceMs).toBe(30_000);
    expect(config.pools[0]?.deadlines).toEqual({ bootMs: 300_000, jobMs: 21_600_000, drainMs: 86_400_000 });
    expect(config.providers["host"]?.limits).toEqual({ cpu: 2, memoryBytes: 2 * 1024 ** 3 });
  });

  test("the installation's default depends on the URL and the scopes alone", () => {
    const name = parsed(smallest).installation;

    expect(name).toMatch(/^drover-[0-9a-f]{8}$/);
    expect(parsed(smallest.replace("linux-x64", "other")).installation).toBe(name);
    expect(parsed(smallest.replace("scope: acme", "scope: acme/widgets")).installation).not.toBe(name);
    expect(parsed(`installation: acme-eu\n${smallest}`).installation).toBe("acme-eu");
  });

  test("the shape that the design starts from parses, less what comes later", () => {
    const config = parsed(`installation: acme-eu
github:
  url: https://github.com
  credentials:
    acme:
      app: { clientId: Iv23liExample, privateKey: { file: /run/secrets/app.pem } }
    hobby:
      token: { env: GITHUB_TOKEN }
pools:
  - name: linux-x64
    scope: acme
    credential: acme
    demand: scale-set
    labels: [linux-x64, self-hosted]
    runnerGroup: Default
    size: { minIdle: 0, max: 20, idleGrace: 5m, schedule: [] }
    lifecycle: ephemeral
    deadlines: { boot: 5m, job: 6h, drain: 15m }
    retries: { attempts: 5, perHour: 20 }
    placement:
      - { provider: host, max: 4 }
      - { provider: second, max: 16 }
providers:
  host: { kind: process, workRoot: /var/lib/drover/work, user: runner, limits: { cpu: 2, memory: 4Gi } }
  second: { kind: process, workRoot: /var/lib/drover/second }
runner: { version: 2.330.0, sha256: "${"ab".repeat(32)}", cacheDir: /var/cache/drover }
server: { listen: 127.0.0.1:8080, token: { file: /run/secrets/api-token } }
`);

    expect(config.github.credentials["acme"]).toEqual({
      kind: "app",
      clientId: "Iv23liExample",
      privateKey: { kind: "file", path: "/run/secrets/app.pem" },
    });
    expect(config.pools[0]?.placement.map(({ provider }) => provider)).toEqual(["host", "second"]);
  });
});

describe("a wrong value", () => {
  test("is named with file, line, column, field, what was expected, what stands there, and an example", () => {
    expect(errorsOf(withPool("    size:\n      max: many"))).toEqual([
      'drover.yaml:7:7 pools[0].size.max: expected an integer of at least 0, got "many". Example: max: 20',
    ]);
  });

  test("all errors come at once, in the order of the file, those of single fields and of fields together", () => {
    const errors = errorsOf(`instalation: acme
github: { credentials: { one: { token: { env: A } }, two: { token: { env: B } } } }
pools:
  - name: Linux
    scope: https://github.com/acme
    credential: tow
    size: { max: 2, minIdle: 3 }
    labels: [a, A]
runner: { dir: /r }
`);

    expect(errors.map((line) => line.replace(/^drover\.yaml:(\d+):\d+ (\S+) .*$/s, "$1 $2"))).toEqual([
      "1 instalation:",
      "4 pools[0].name:",
      "5 pools[0].scope:",
      "6 pools[0].credential:",
      "7 pools[0].size.minIdle:",
      "8 pools[0].labels[1]:",
    ]);
  });

  test.each([
    ["instalation: x", "Did you mean installation?"],
    ["servers: {}", "Did you mean server?"],
    ["qqqqq: 1", "Known here: installation"],
  ])("an unknown key %s gets a suggestion", (line, hint) => {
    expect(errorsOf(`${line}\n${smallest}`)).toEqual([expect.stringContaining(hint)]);
  });

  test("a missing field is reported where its owner stands", () => {
    const errors = errorsOf(smallest.replace(", scope: acme", ""));

    expect(errors).toEqual([expect.stringMatching(/^drover\.yaml:3:9 pools\[0\]\.scope: missing: an organization/)]);
  });

  test("broken YAML is an error with its place, not an exception", () => {
    expect(errorsOf("pools: [\n  a: {")[0]).toMatch(/^drover\.yaml:\d+:\d+ not valid YAML: /);
    expect(errorsOf("a: 1\na: 2")[0]).toMatch(/^drover\.yaml:2:1 not valid YAML: /);
  });

  test("an empty file says what is missing: the pools, for everything else has a default", () => {
    expect(errorsOf("").map((line) => line.split(": ")[0])).toEqual(["drover.yaml:1:1 pools"]);
  });

  test("aliases that multiply without end are refused", () => {
    const bomb = [
      "a: &a [x, x]",
      ...[..."bcdefghij"].map((name, index) => `${name}: &${name} [${`*${"abcdefghi"[index]}, `.repeat(9)}]`),
    ];

    expect(errorsOf(bomb.join("\n"))[0]).toMatch(/not usable YAML/);
  });

  test.each([
    ["size: { max: -1 }", "an integer of at least 0, got -1"],
    ["size: { max: 2.5 }", "an integer of at least 0, got 2.5"],
    ["size: { idleGrace: 5 minutes }", "a duration"],
    ["deadlines: { boot: 0s }", "a duration from 1s"],
    ["deadlines: { job: 25d }", "to 24d"],
    ["onStop: kill", '"drain" or "keep", got "kill"'],
    ['labels: ["x,y"]', "a label"],
    ["labels: []", "a list"],
    ["runnerGroup: ''", "a text"],
  ])("%s is refused with the words %s", (line, words) => {
    expect(errorsOf(withPool(`    ${line}`)).join("\n")).toContain(words);
  });
});

describe("what a later version will know", () => {
  test.each([
    [withPool("    demand: webhook"), "webhooks as a source of demand are not in this version"],
    [withPool("    demand: [scale-set, polling]"), "polling as a source of demand is not in this version"],
    [withPool("    lifecycle: persistent"), "persistent runners are not in this version"],
    [withPool("    size: { schedule: [{ cron: x }] }"), "schedules are not in this version"],
    [`${smallest}journal: { sqlite: /x }`, "the SQLite journal is not in this version"],
    [`${smallest}journal: { postgres: { url: { env: X } } }`, "the PostgreSQL journal is not in this version"],
    [
      `${smallest}providers: { c: { kind: kubernetes, namespace: r } }`,
      "the kubernetes provider is not in this version",
    ],
    [`${smallest}providers: { c: { kind: docker } }`, "the docker provider is not in this version"],
    [`${smallest}providers: { c: { kind: azure } }`, "the azure provider is not in this version"],
  ])("is said in one error with its place: %#", (text, words) => {
    const errors = errorsOf(text);

    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^drover\.yaml:\d+:\d+ \S+: /);
    expect(errors[0]).toContain(words);
  });
});

describe("secrets", () => {
  const secret = "ghp_0123456789abcdefABCDEF";
  const key = "-----BEGIN RSA PRIVATE KEY-----abc";

  test.each([
    ["a token instead of a reference", `github: { credentials: { a: { token: ${secret} } } }`],
    ["a token as the variable's name", `github: { credentials: { a: { token: { env: ${secret} } } } }`],
    ["a token as the file's name", `github: { credentials: { a: { token: { file: ${secret} } } } }`],
    ["a token as the scope", `pools: [{ name: a, scope: "x ${secret}" }]`],
    ["a key instead of a reference", `github: { credentials: { a: { app: { clientId: I, privateKey: "${key}" } } } }`],
    ["any text instead of the API's token", "server: { token: hunter2hunter2 }"],
    ["a token as a key", `github: { credentials: { a: { token: { ${secret}: 1 } } } }`],
    ["a token in broken YAML", `github: *${secret}`],
    [
      "a password in the URL, beside a minimal runner",
      "github: { url: 'https://me:hunter2hunter2@x.org' }\nrunner: { minimal: true }",
    ],
    ["a password in the URL", "github: { url: 'https://me:hunter2hunter2@github.com' }"],
  ])("%s is refused and never quoted", (_what, text) => {
    const errors = errorsOf(text).join("\n");

    expect(errors).not.toMatch(/ghp_|PRIVATE|hunter2/);
    expect(errors).toMatch(/^drover\.yaml:1:/);
  });

  test("a reference names a variable or a file, not both", () => {
    const errors = errorsOf(smallest.replace("{ env: GITHUB_TOKEN }", "{ env: A, file: b }"));

    expect(errors).toEqual([expect.stringContaining("keep env or file")]);
  });
});

describe("fields that contradict each other", () => {
  test("a pool's credential must exist", () => {
    expect(errorsOf(withPool("    credential: mian"))).toEqual([expect.stringContaining("Did you mean main?")]);
  });

  test("several credentials: each pool says which one covers it", () => {
    const text = smallest.replace(
      "main: { token: { env: GITHUB_TOKEN } }",
      "a: { token: { env: A } }, b: { token: { env: B } }",
    );

    expect(errorsOf(text)).toEqual([expect.stringContaining("say which one covers acme: a, b")]);
  });

  test("an enterprise is not covered by a GitHub App", () => {
    const text = smallest
      .replace("token: { env: GITHUB_TOKEN }", "app: { clientId: I, privateKey: { env: K } }")
      .replace("scope: acme", "scope: enterprises/acme");

    expect(errorsOf(text)).toEqual([expect.stringContaining("does not cover enterprises/acme")]);
  });

  test("a pinned installation covers the scopes of one owner", () => {
    const text = (second: string): string => `
github: { credentials: { main: { app: { clientId: I, privateKey: { env: K }, installationId: 7 } } } }
pools: [{ name: a, scope: acme/widgets }, { name: b, scope: ${second} }]
runner: { dir: /r }`;

    expect(errorsOf(text("acme/gadgets"))).toEqual([]);
    expect(errorsOf(text("other"))).toEqual([expect.stringContaining("does not cover other")]);
  });

  test("a placement's provider must exist, once", () => {
    expect(errorsOf(withPool("    placement: [{ provider: hots }]"))).toEqual([
      expect.stringContaining("Did you mean host?"),
    ]);
    expect(errorsOf(withPool("    placement: [{ provider: host }, { provider: host }]"))).toEqual([
      expect.stringContaining("already"),
    ]);
  });

  test("placement limits that leave part of max without a place are refused", () => {
    expect(errorsOf(withPool("    size: { max: 20 }\n    placement: [{ provider: host, max: 16 }]"))).toEqual([
      expect.stringContaining("4 would never start"),
    ]);
  });

  test("several providers: each pool says where it lives", () => {
    const text = `${smallest}providers: { a: { kind: process }, b: { kind: process, workRoot: /b } }`;

    expect(errorsOf(text)).toEqual([expect.stringContaining("say where the pool's runners live")]);
  });

  test("minIdle does not exceed max", () => {
    expect(errorsOf(withPool("    size: { minIdle: 5 }"))).toEqual([expect.stringContaining("do not fit into max: 4")]);
  });

  test("pool names and labels are not repeated", () => {
    expect(errorsOf(smallest.replace("}]", "}, { name: linux-x64, scope: acme }]"))).toEqual([
      expect.stringContaining("pools[0] has this name already"),
    ]);
    expect(errorsOf(withPool("    labels: [gpu, GPU]"))).toEqual([expect.stringContaining("GPU is there already")]);
  });

  test("the minimal runner is refused against a real GitHub", () => {
    const text = smallest.replace("{ dir: /opt/actions-runner }", "{ minimal: true }");

    expect(errorsOf(text)).toEqual([expect.stringContaining("only against the simulator")]);
    expect(errorsOf(text.replace("github: {", "github: { url: 'http://127.0.0.1:4000',"))).toEqual([]);
  });
});

describe("github.url", () => {
  test.each([
    ["github.com", "needs a scheme"],
    ["https://github.com/acme", 'the organization or repository ("acme") goes to pools[].scope'],
    ["https://api.github.com", "write https://github.com"],
    ["https://ghes.example.com/api/v3", "that is the API's path"],
    ["https://github.com?x=1", "query or fragment"],
  ])("%s is refused: %s", (url, words) => {
    expect(errorsOf(smallest.replace("github: {", `github: { url: '${url}',`)).join()).toContain(words);
  });

  test.each(["https://github.com/", "https://ghes.example.com:8443", "https://acme.ghe.com"])("%s is fine", (url) => {
    expect(parsed(smallest.replace("github: {", `github: { url: '${url}',`)).github.url).toBe(url.replace(/\/$/, ""));
  });

  test("plain http to another machine gets advice", () => {
    const result = parseConfig(
      smallest.replace("github: {", "github: { url: 'http://ghes.example.com',"),
      "drover.yaml",
    );

    expect("warnings" in result && result.warnings.map(({ path }) => path)).toEqual(["github.url"]);
  });
});

describe("what is there but holds nothing", () => {
  test("no credential at all is refused: no pool could reach GitHub", () => {
    expect(errorsOf("github: { credentials: {} }\nrunner: { dir: /r }\npools: [{ name: a, scope: acme }]")).toEqual([
      "drover.yaml:1:11 github.credentials: there is no credential here, so no pool can reach GitHub. Example: main: { token: { env: GITHUB_TOKEN } }",
    ]);
  });

  test("no provider at all is refused: no runner could live anywhere", () => {
    expect(errorsOf(`${smallest}providers: {}`)).toEqual([
      "drover.yaml:5:1 providers: there is no provider here, so no runner can live anywhere. Leave providers out for local processes, or write: host: { kind: process }",
    ]);
  });

  test("an empty list of pools is called empty", () => {
    expect(
      errorsOf("github: { credentials: { main: { token: { env: T } } } }\nrunner: { dir: /r }\npools: []")[0],
    ).toContain("expected a list of pools, got an empty list");
  });
});

test("a second YAML document is refused in words for its reader", () => {
  const [error] = errorsOf(`${smallest}---\na: 1\n`);
  expect(error).toContain("drover.yaml:5:1 a second YAML document begins here");
  expect(error).not.toContain("parseAllDocuments");
});

test("two providers cannot share a workRoot, given or by default: each would take the other's runners for its own", () => {
  const providers = (one: string, other: string): string[] =>
    errorsOf(
      `${smallest.replace("scope: acme", "scope: acme, placement: [{ provider: a }]")}providers: { a: { kind: process${one} }, b: { kind: process${other} } }`,
    );
  expect(providers("", "")[0]).toContain("providers.b.workRoot: provider a has the same workRoot");
  expect(providers(", workRoot: /w/x", ", workRoot: /w//x/")[0]).toContain("provider a has the same workRoot");
  expect(providers("", ", workRoot: /w")).toEqual([]);
});

describe("what a reader has to guess otherwise is said", () => {
  test.each([
    [
      "a key that stands twice",
      `${smallest}pools: []`,
      "5:1 not valid YAML: pools stands twice in this map; keep one of the two.",
    ],
    ["a tab", "pools:\n\t- name: a", "2:1 not valid YAML: a tab stands where only spaces may; indent with spaces."],
    [
      "an alias of nothing",
      "pools: *none",
      "1:8 not usable YAML: *none stands for nothing; write &none before what it shall repeat.",
    ],
    [
      "a home directory",
      `${smallest}stateDir: ~/drover`,
      "5:1 stateDir: ~ is not replaced by your home directory here; write the whole path.",
    ],
    [
      "an empty text",
      `${smallest}stateDir: ""`,
      '5:1 stateDir: expected a text that is not empty, got "". Example: stateDir: /var/lib/drover',
    ],
    [
      "a host with a port",
      `${smallest}server: { hosts: ["a:1"] }`,
      '5:19 server.hosts[0]: expected a host name without scheme and port, got "a:1".',
    ],
    ["an empty file", "", "1:1 pools: missing: a list of pools. Example: pools: [ { name: linux-x64, scope: acme } ]"],
  ])("%s", (_what, text, message) => {
    expect(errorsOf(text)).toEqual([`drover.yaml:${message}`]);
  });

  test("the end of a range only to whoever went beyond it, and a negative max alone", () => {
    const sized = (size: string): string[] =>
      errorsOf(smallest.replace("scope: acme", `scope: acme, size: ${size}`)).map((text) =>
        text.replace(/^[^ ]* /, ""),
      );

    expect(sized("{ max: 1000000 }")).toEqual([
      "pools[0].size.max: expected an integer from 0 to 100000, got 1000000. Example: max: 20",
    ]);
    expect(sized("{ max: -1 }")).toEqual([
      "pools[0].size.max: expected an integer of at least 0, got -1. Example: max: 20",
    ]);
  });
});

test("a problem that only shows when the configuration is used stands at its setting, or at the nearest place above", () => {
  const result = parseConfig(smallest, "drover.yaml");
  if ("errors" in result) throw new Error("the smallest configuration is good");

  expect(formatProblem(result.problemAt(["runner", "dir"], "no runner there"))).toMatch(
    /^drover\.yaml:\d+:\d+ runner\.dir: no runner there$/,
  );
  expect(result.problemAt(["stateDir"], "x")).toMatchObject({ line: 2, column: 1, path: "stateDir" });
});

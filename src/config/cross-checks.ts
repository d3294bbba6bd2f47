import { resolve } from "node:path";
import { didYouMean } from "./did-you-mean.ts";
import { isLoopbackUrl } from "./github-url.ts";
import type { PlacedProblem } from "./problem.ts";
import { isEnterprise, scopeOwner } from "./scope.ts";

/**
 * What no single field can show: references that lead nowhere, limits that contradict each other. Works on the plain value, not
 * on the parsed one, so that a reader hears of these together with the errors of single fields.
 */
export function crossChecks(root: unknown): PlacedProblem[] {
  const file = map(root);
  const credentials = map(map(file["github"])["credentials"]);
  const providers = file["providers"] === undefined ? { host: { kind: "process" } } : map(file["providers"]);
  const pools = list(file["pools"]).map(map);
  return [
    ...repeatedNames(pools),
    ...pools.flatMap((pool, index) => [
      ...credentialOf(pool, index, credentials),
      ...sizeOf(pool, index),
      ...labelsOf(pool, index),
      ...placementOf(pool, index, providers),
    ]),
    ...sharedInstallations(pools, credentials),
    ...sharedWorkRoots(providers),
    ...nothingInIt(file),
    ...minimalRunner(file),
    ...shellPaths(file, []),
  ];
}

type Loose = Readonly<Record<string, unknown>>;

function map(value: unknown): Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function repeatedNames(pools: readonly Loose[]): PlacedProblem[] {
  const first = new Map<unknown, number>();
  return pools.flatMap(({ name }, index) => {
    const earlier = typeof name === "string" ? first.get(name) : undefined;
    if (earlier === undefined) first.set(name, index);
    return earlier === undefined
      ? []
      : [
          {
            path: ["pools", index, "name"],
            message: `pools[${earlier}] has this name already; give each pool a name of its own.`,
          },
        ];
  });
}

function credentialOf(pool: Loose, index: number, credentials: Loose): PlacedProblem[] {
  const names = Object.keys(credentials);
  const { credential, scope } = pool;
  if (names.length === 0) return [];
  if (credential === undefined) {
    return names.length === 1
      ? enterpriseByApp(["pools", index, "scope"], scope, names[0] ?? "", credentials)
      : [
          {
            path: ["pools", index, "credential"],
            message: `missing: there are several credentials, so say which one covers ${typeof scope === "string" ? scope : "the pool"}: ${names.join(", ")}.`,
          },
        ];
  }
  if (typeof credential !== "string") return [];
  if (names.includes(credential))
    return enterpriseByApp(["pools", index, "credential"], scope, credential, credentials);
  return [
    {
      path: ["pools", index, "credential"],
      message: unknownName(credential, names, "credential", "github.credentials"),
    },
  ];
}

/** GitHub Apps cannot register runners of an enterprise; only a token can. */
function enterpriseByApp(path: PropertyKey[], scope: unknown, name: string, credentials: Loose): PlacedProblem[] {
  if (typeof scope !== "string" || !isEnterprise(scope) || map(credentials[name])["app"] === undefined) return [];
  const message = `credential ${name} does not cover ${scope}: GitHub Apps cannot register an enterprise's runners; use a token.`;
  return [{ path, message }];
}

/** A pinned installation of an App belongs to one owner, so pools of two owners cannot share it. */
function sharedInstallations(pools: readonly Loose[], credentials: Loose): PlacedProblem[] {
  const names = Object.keys(credentials);
  const ownerOf = new Map<string, string>();
  return pools.flatMap(({ credential = names.length === 1 ? names[0] : undefined, scope }, index) => {
    if (typeof credential !== "string" || typeof scope !== "string") return [];
    if (map(map(credentials[credential])["app"])["installationId"] === undefined) return [];
    const owner = scopeOwner(scope);
    const first = ownerOf.get(credential);
    if (first === undefined) ownerOf.set(credential, owner);
    if (first === undefined || first === owner) return [];
    const message = `credential ${credential} does not cover ${scope}: its installationId belongs to ${first}. Remove installationId (Drover finds the installation by scope) or add a credential.`;
    return [{ path: ["pools", index, "scope"], message }];
  });
}

/** Each provider takes every runner below its workRoot for its own, so two of them would count and end the same ones. */
function sharedWorkRoots(providers: Loose): PlacedProblem[] {
  const first = new Map<unknown, string>();
  return Object.keys(providers).flatMap((name) => {
    const { workRoot } = map(providers[name]);
    const key = typeof workRoot === "string" ? resolve("/", workRoot) : undefined;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, name);
    if (earlier === undefined) return [];
    const message = `provider ${earlier} has the same workRoot; give this one a folder of its own. Example: workRoot: work-${name}`;
    return [{ path: ["providers", name, "workRoot"], message }];
  });
}

/** A map that is there but empty leaves every pool without what it needs. */
function nothingInIt(file: Loose): PlacedProblem[] {
  const credentials = map(file["github"])["credentials"];
  const problems: PlacedProblem[] = [];
  if (isEmptyMap(credentials)) {
    const message =
      "there is no credential here, so no pool can reach GitHub. Example: main: { token: { env: GITHUB_TOKEN } }";
    problems.push({ path: ["github", "credentials"], message });
  }
  if (isEmptyMap(file["providers"])) {
    const message =
      "there is no provider here, so no runner can live anywhere. Leave providers out for local processes, or write: host: { kind: process }";
    problems.push({ path: ["providers"], message });
  }
  return problems;
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function sizeOf(pool: Loose, index: number): PlacedProblem[] {
  const { minIdle = 0, max = 4 } = map(pool["size"]);
  if (!isCount(minIdle) || !isCount(max) || max < 0 || minIdle <= max) return [];
  const message = `${minIdle} idle runners do not fit into max: ${max}. Raise size.max or lower size.minIdle.`;
  return [{ path: ["pools", index, "size", "minIdle"], message }];
}

function labelsOf(pool: Loose, index: number): PlacedProblem[] {
  const seen = new Set<string>();
  return list(pool["labels"]).flatMap((label, position) => {
    const key = String(label).toLowerCase();
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const message = `the label ${String(label)} is there already (GitHub ignores case).`;
    return [{ path: ["pools", index, "labels", position], message }];
  });
}

function placementOf(pool: Loose, index: number, providers: Loose): PlacedProblem[] {
  const names = Object.keys(providers);
  const entries = list(pool["placement"]).map(map);
  const { max = 4 } = map(pool["size"]);
  if (entries.length === 0) {
    return pool["placement"] === undefined && names.length > 1
      ? [
          {
            path: ["pools", index, "placement"],
            message: `missing: there are several providers, so say where the pool's runners live. Example: placement: [{ provider: ${names[0] ?? ""} }]`,
          },
        ]
      : [];
  }
  const seen = new Set<string>();
  const problems = entries.flatMap(({ provider }, position): PlacedProblem[] => {
    const path = ["pools", index, "placement", position, "provider"];
    if (typeof provider !== "string") return [];
    if (!names.includes(provider)) return [{ path, message: unknownName(provider, names, "provider", "providers") }];
    if (seen.has(provider)) return [{ path, message: `${provider} is in this placement already; keep one entry.` }];
    seen.add(provider);
    return [];
  });
  const limits = entries.map((entry) => entry["max"] ?? max);
  const room = limits.every(isCount) ? limits.reduce((sum, limit) => sum + limit, 0) : Number.POSITIVE_INFINITY;
  if (isCount(max) && room < max) {
    const message = `the placement has room for ${room} runners, but size.max is ${max}: ${max - room} would never start. Raise a limit here or lower size.max.`;
    problems.push({ path: ["pools", index, "placement"], message });
  }
  return problems;
}

/** `~` means a home directory to a shell only; here it would become a folder of that name. */
function shellPaths(value: unknown, path: readonly PropertyKey[]): PlacedProblem[] {
  if (typeof value === "string" && /^~(?:\/|$)/.test(value) && pathKeys.has(String(path.at(-1)))) {
    return [{ path, message: "~ is not replaced by your home directory here; write the whole path." }];
  }
  if (typeof value !== "object" || value === null) return [];
  if (path.length > 6) return [];
  return Object.entries(value).flatMap(([key, member]) => shellPaths(member, [...path, key]));
}

const pathKeys: ReadonlySet<string> = new Set(["stateDir", "workRoot", "file", "dir", "cacheDir", "socket"]);

function minimalRunner(file: Loose): PlacedProblem[] {
  const url = map(file["github"])["url"] ?? "https://github.com";
  if (map(file["runner"])["minimal"] !== true || typeof url !== "string" || isLoopbackUrl(url)) return [];
  const message = `the minimal runner works only against the simulator on this machine, but github.url is ${url}. Use GitHub's runner: runner: { dir: /opt/actions-runner }`;
  return [{ path: ["runner", "minimal"], message }];
}

function unknownName(name: string, known: readonly string[], word: string, place: string): string {
  const guess = didYouMean(name, known);
  const hint = guess === undefined ? `There are: ${known.join(", ")}.` : `Did you mean ${guess}?`;
  return `no ${word} of this name under ${place}. ${hint}`;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value);
}

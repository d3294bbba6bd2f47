import { z } from "zod";
import { credential, type Credential } from "./credential.ts";
import { githubUrl } from "./github-url.ts";
import { pool } from "./pool.ts";
import { provider, providerName } from "./provider.ts";
import { runnerSoftware } from "./runner-software.ts";
import type { SecretReference } from "./secret-reference.ts";
import { server } from "./server.ts";

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/)
  .meta({ expects: "a name of letters, digits, dashes and underscores" });

const journal = z
  .strictObject({
    memory: z.literal(true).meta({ description: "Kept in memory: forgotten when Drover ends." }),
  })
  .transform(() => ({ kind: "memory" as const }))
  .meta({
    description: "Where history is kept. Drover's safety never depends on it.",
    expects: "{ memory: true }",
    notYet: {
      sqlite: "the SQLite journal is not in this version; leave journal out, or write { memory: true }",
      postgres: "the PostgreSQL journal is not in this version; leave journal out, or write { memory: true }",
    },
  });

/** The whole of drover.yaml as users write it. */
export const configSchema = z
  .strictObject({
    installation: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,40}$/)
      .optional()
      .meta({
        description:
          "Marks everything Drover makes, so that it is found again. Default: made from the URL and the scopes, so set it before you change those.",
        expects: "a name of at most 41 lower-case letters, digits and dashes that starts with a letter",
        examples: ["acme-eu"],
      }),
    stateDir: z
      .string()
      .min(1)
      .prefault(".drover")
      .meta({
        description:
          "Folder for everything whose place is not given: work directories, API token and socket; relative to this file.",
        examples: ["/var/lib/drover"],
      }),
    github: z
      .strictObject({
        url: githubUrl.prefault("https://github.com"),
        credentials: z
          .record(name, credential)
          .prefault({ default: { token: { env: "GITHUB_TOKEN" } } })
          .meta({
            description:
              "Credentials by a name of your choice; default: the token in the environment variable GITHUB_TOKEN.",
            expects: "a map from names to credentials",
          }),
      })
      .prefault({})
      .meta({ description: "Which GitHub, and how Drover proves who it is." }),
    pools: z
      .array(pool)
      .min(1)
      .max(1_000)
      .meta({
        description: "The pools.",
        expects: "a list of pools",
        sample: [{ name: "linux-x64", scope: "acme" }],
      }),
    providers: z
      .record(providerName, provider)
      .prefault({ host: { kind: "process" } })
      .meta({ description: "Providers by a name of your choice.", expects: "a map from names to providers" }),
    runner: runnerSoftware.prefault({ dir: "actions-runner" }),
    journal: journal.prefault({ memory: true }),
    server: server.prefault({}).meta({ description: "The HTTP API, metrics and health checks." }),
  })
  .meta({ title: "drover.yaml", description: "Configuration of Drover." });

/** drover.yaml after parsing: defaults filled in, durations in milliseconds, sizes in bytes, paths absolute. */
export interface Config {
  readonly installation: string;
  /** False when `installation` was derived from the scopes. */
  readonly installationGiven: boolean;
  readonly stateDir: string;
  readonly github: {
    /** Without a trailing slash; a configuration URL is this + `/` + a pool's scope. */
    readonly url: string;
    readonly credentials: Readonly<Record<string, Credential>>;
  };
  readonly pools: readonly PoolConfig[];
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  readonly runner: RunnerSoftware;
  readonly journal: { readonly kind: "memory" };
  readonly server: ServerConfig;
}

export interface PoolConfig {
  readonly name: string;
  readonly scope: string;
  /** A key of `github.credentials`. */
  readonly credential: string;
  readonly demand: readonly "scale-set"[];
  readonly labels: readonly string[];
  readonly runnerGroup: string;
  readonly size: { readonly minIdle: number; readonly max: number; readonly idleGraceMs: number };
  readonly lifecycle: "ephemeral";
  readonly deadlines: { readonly bootMs: number; readonly jobMs: number; readonly drainMs: number };
  readonly retries: { readonly attempts: number; readonly perHour: number };
  /** In order of preference; `provider` is a key of `providers`. */
  readonly placement: readonly { readonly provider: string; readonly max: number }[];
  readonly onStop: "drain" | "keep";
}

/** Local processes. */
export interface ProviderConfig {
  readonly kind: "process";
  readonly workRoot: string;
  readonly user?: string;
  readonly limits: { readonly cpu?: number; readonly memoryBytes?: number };
  readonly allowPublicRepositories: boolean;
}

export type RunnerSoftware =
  | {
      readonly kind: "release";
      readonly version: string;
      /** Lower case. */
      readonly sha256: string;
      readonly cacheDir: string;
      /** Undefined: GitHub's release page. */
      readonly url?: string;
    }
  | { readonly kind: "dir"; readonly dir: string }
  | { readonly kind: "command"; readonly command: readonly string[] }
  /** The simulator's minimal runner. */
  | { readonly kind: "minimal" };

export interface ServerConfig {
  /** `HOST:PORT`, port 0 lets the system choose; undefined: the socket only. */
  readonly listen?: string;
  readonly hosts: readonly string[];
  /** A file that does not exist is made, mode 0600. */
  readonly token: SecretReference;
  readonly socket: string;
}

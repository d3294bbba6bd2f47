/** One call of a port in the product's source: the denominator of the crash report. */
export interface PortCall {
  /** As the gate and the crash report name it. */
  readonly site: string;
  /** Where the source makes it, below `src/`. */
  readonly file: string;
  /** The text by which the source shows the call. */
  readonly mark: string;
  /** Why the world never makes it; undefined for those that it must make, and crash, in all three places. */
  readonly notInWorld?: string;
}

const onDemand = "only a person's question makes it, never the loop";
const ghesOnly = "only a GHES offers jobs to acquire";

/** Every port call of the engine and of the clients below it. A test compares this list with the source. */
export const portCalls: readonly PortCall[] = [
  { site: "provider.launch", file: "engine/launch.ts", mark: "provider.launch(" },
  { site: "provider.stop", file: "engine/release.ts", mark: "provider.stop(" },
  { site: "provider.list", file: "engine/census.ts", mark: "provider.listOwned(" },
  { site: "provider.log", file: "engine/release.ts", mark: "provider?.readLog(" },
  { site: "provider.log", file: "engine/read-model.ts", mark: "provider.readLog(", notInWorld: onDemand },
  { site: "journal.append", file: "engine/recorder.ts", mark: "journal.append(" },
  { site: "journal.read", file: "engine/read-model.ts", mark: "journal.read(", notInWorld: onDemand },
  { site: "journal.read", file: "engine/read-model.ts", mark: "journal.read(", notInWorld: onDemand },
  { site: "github.POST sessions", file: "scale-set/message-session.ts", mark: 'method: "POST"' },
  { site: "github.POST acquire", file: "scale-set/message-session.ts", mark: 'method: "POST"', notInWorld: ghesOnly },
  { site: "github.DELETE sessions", file: "scale-set/message-session.ts", mark: 'method: "DELETE"' },
  { site: "github.GET queue", file: "scale-set/message-session.ts", mark: 'method: "GET"' },
  { site: "github.DELETE queue", file: "scale-set/message-session.ts", mark: 'method: "DELETE"' },
  { site: "github.PATCH sessions", file: "scale-set/message-session.ts", mark: 'method: "PATCH"' },
  { site: "github.POST registration-token", file: "scale-set/registration.ts", mark: 'method: "POST"' },
  { site: "github.POST runner-registration", file: "scale-set/registration.ts", mark: 'method: "POST"' },
  {
    site: "github.GET groups",
    file: "scale-set/scale-set-client.ts",
    mark: 'method: "GET"',
    notInWorld: "all pools are in the default group",
  },
  { site: "github.GET scale-sets", file: "scale-set/scale-set-client.ts", mark: 'method: "GET"' },
  {
    site: "github.GET scale-sets",
    file: "scale-set/scale-set-client.ts",
    mark: 'method: "GET"',
    notInWorld: "the product finds scale sets by name",
  },
  { site: "github.POST scale-sets", file: "scale-set/scale-set-client.ts", mark: 'method: "POST"' },
  {
    site: "github.PATCH scale-sets",
    file: "scale-set/scale-set-client.ts",
    mark: 'method: "PATCH"',
    notInWorld: "no pool's labels change",
  },
  {
    site: "github.DELETE scale-sets",
    file: "scale-set/scale-set-client.ts",
    mark: 'method: "DELETE"',
    notInWorld: "the product deletes no scale set",
  },
  { site: "github.POST jit", file: "scale-set/scale-set-client.ts", mark: 'method: "POST"' },
  {
    site: "github.GET agents",
    file: "scale-set/scale-set-client.ts",
    mark: 'method: "GET"',
    notInWorld: "the product asks by name",
  },
  { site: "github.GET agents", file: "scale-set/scale-set-client.ts", mark: 'method: "GET"' },
  { site: "github.DELETE agents", file: "scale-set/scale-set-client.ts", mark: 'method: "DELETE"' },
  { site: "github.GET runners", file: "github/rest-client.ts", mark: 'method: "GET"' },
  {
    site: "github.GET repository",
    file: "github/visibility.ts",
    mark: 'method: "GET"',
    notInWorld: "asked by the start-up warning",
  },
  {
    site: "github.POST access-token",
    file: "scale-set/app-token.ts",
    mark: 'method: "GET" | "POST"',
    notInWorld: "the world signs in with a token",
  },
];

/** Sites at which a crash must be seen before, at and after the effect. */
export const crashableSites: readonly string[] = [
  ...new Set(portCalls.filter(({ notInWorld }) => notInWorld === undefined).map(({ site }) => site)),
];

import type { GitHubModel } from "../model/github-model.ts";
import type { Call } from "./call.ts";
import type { Reply } from "./exchange.ts";
import type { Route } from "./router.ts";

/** What the routes below a repository share. */
export interface RepositoryRouteTools {
  readonly model: GitHubModel;
  /** @param path below the repository. */
  readonly route: (name: string, method: Route["method"], path: string, handle: (call: Call) => Reply) => Route;
  /** Full name of the repository of a call. @throws {Refusal} the call may not use it. */
  readonly repositoryOf: (call: Call) => string;
  /** What the answer to a reading, and to a writing call says that it took. */
  readonly read: Readonly<Record<string, string>>;
  readonly write: Readonly<Record<string, string>>;
}

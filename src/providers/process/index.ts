export {
  createProcessProvider,
  type ProcessProvider,
  type ProcessProviderEvent,
  type ProcessProviderOptions,
} from "./provider.ts";
export type { Limits } from "./cgroup.ts";
export type { ProviderNote } from "./setup.ts";
export type { RunnerSoftware } from "./runner-software.ts";
export { checkScope, type ScopeVerdict, type ScopeVisibility } from "./scope.ts";
export { ProcessSetupError, RunnerSoftwareError, StopError } from "./errors.ts";

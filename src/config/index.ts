export type { Config, PoolConfig, ProviderConfig, RunnerSoftware, ServerConfig } from "./config.ts";
export type { Credential } from "./credential.ts";
export { formatDuration, parseDuration } from "./duration-text.ts";
export { configJsonSchema } from "./json-schema.ts";
export { parseConfig, type ParseResult } from "./parse.ts";
export { formatProblem, type ConfigProblem } from "./problem.ts";
export { forSetting, SettingError } from "./setting-error.ts";
export { resolveSecret, SecretError, type ResolvedSecret } from "./resolve-secret.ts";
export { describeReference, type SecretReference } from "./secret-reference.ts";

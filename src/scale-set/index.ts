export { AppTokenSource, type AppCredentials, type AppTokenOptions } from "./app-token.ts";
export {
  ConfigUrlError,
  forcesGhes,
  parseConfigUrl,
  scopePath,
  type ConfigScope,
  type ConfigUrl,
} from "./config-url.ts";
export { defaultPatience, type ListenerPatience } from "./connection-trouble.ts";
export { decodeJitConfig, encodeJitConfig, type JitFiles } from "./jit-config.ts";
export { DecodeError } from "./json.ts";
export { troubleCode, type ListenerState, type TroubleCode } from "./listener-state.ts";
export {
  Listener,
  type Delivery,
  type ListenerCounts,
  type ListenerHandler,
  type ListenerOptions,
} from "./listener.ts";
export { nilSessionId, type MessageSession } from "./message-session.ts";
export type { JobAssigned, JobAvailable, JobCompleted, JobMessage, JobStarted, ScaleSetMessage } from "./messages.ts";
export {
  NodeTransport,
  proxyFromEnvironment,
  type NodeTransportOptions,
  type ProxySettings,
} from "./node/transport.ts";
export { SystemClock } from "./node/system-clock.ts";
export { listenInParity, type ParityHandler } from "./parity-listener.ts";
export { PatTokenSource } from "./pat-token.ts";
export type { CallOptions, Clock, HttpRequest, HttpResponse, Log, Transport } from "./ports.ts";
export { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";
export { ScaleSetClient, type JitRunner, type ScaleSetClientOptions } from "./scale-set-client.ts";
export type { Label, RunnerGroup, RunnerReference, RunnerScaleSet, ScaleSetSettings } from "./scale-set.ts";
export { isServiceError, ServiceError, type ServiceErrorKind } from "./service-error.ts";
export { desiredRunnerCount, type Statistics } from "./statistics.ts";
export type { AccessToken, TokenSource } from "./token-source.ts";
export { userAgent, type SystemIdentity } from "./user-agent.ts";

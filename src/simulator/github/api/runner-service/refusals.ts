import { json, type RunnerReply } from "./exchange.ts";

/** An error in the broker's words; runners decide by `errorKind`. */
export function brokerError(
  status: number,
  errorKind: "RunnerNotFound" | "RunnerSessionInvalid" | "AcknowledgeJobNotFound",
  errorMessage: string,
): RunnerReply {
  return json(status, { source: "actions-broker-listener", errorKind, statusCode: status, errorMessage });
}

/** An error in the run service's words; runners decide by the status. */
export function runServiceError(status: number, errorMessage: string): RunnerReply {
  return json(status, { source: "actions-run-service", statusCode: status, errorMessage });
}

/** An error in the words of the older services; runners decide by the exception's name. */
export function taskAgentError(
  status: number,
  exception: "TaskAgentNotFoundException" | "TaskAgentSessionExpiredException",
  message: string,
): RunnerReply {
  return json(status, {
    $id: "1",
    innerException: null,
    message,
    typeName: `GitHub.DistributedTask.WebApi.${exception}, GitHub.DistributedTask.WebApi`,
    typeKey: exception,
    errorCode: 0,
    eventId: 3000,
  });
}

import { type ApiResponse, json } from "../exchange.ts";

/** An error in the broker's words; runners decide by `errorKind`. */
export function brokerError(
  status: number,
  errorKind: "RunnerNotFound" | "RunnerSessionInvalid" | "AcknowledgeJobNotFound",
  errorMessage: string,
): ApiResponse {
  return json(status, { source: "actions-broker-listener", errorKind, statusCode: status, errorMessage });
}

/** An error in the run service's words; runners decide by the status. */
export function runServiceError(status: number, errorMessage: string): ApiResponse {
  return json(status, { source: "actions-run-service", statusCode: status, errorMessage });
}

/** An error in the words of the older services; runners decide by the exception's name. */
export function taskAgentError(
  status: number,
  exception: "TaskAgentNotFoundException" | "TaskAgentSessionExpiredException",
  message: string,
): ApiResponse {
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

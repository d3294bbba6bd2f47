import type { GitHubModel } from "../model/github-model.ts";
import type { Refusal } from "../model/refusal.ts";
import type { RefusalReason } from "../model/refusal.ts";
import type { ApiResponse, Reply } from "./exchange.ts";
import { mapReply } from "./exchange.ts";
import type { Surface } from "./router.ts";
import { randomGuid } from "../model/time-and-chance.ts";

const serviceJson = "application/json; charset=utf-8; api-version=6.0-preview";
const runtime = "GitHub.Actions.Runtime.WebApi";
const tasks = "GitHub.DistributedTask.WebApi";

interface Exception {
  readonly status: number;
  readonly namespace: string;
  readonly key: string;
}

/** @see scale set wire specification, section 3.6 */
const exceptions: Readonly<Partial<Record<RefusalReason, Exception>>> = {
  "scale-set-not-found": { status: 404, namespace: runtime, key: "RunnerScaleSetNotFoundException" },
  "scale-set-exists": { status: 400, namespace: runtime, key: "RunnerScaleSetExistsException" },
  "scale-set-invalid": { status: 400, namespace: runtime, key: "RunnerScaleSetInvalidException" },
  "runner-group-not-found": { status: 400, namespace: runtime, key: "RunnerGroupNotFoundException" },
  "session-conflict": { status: 409, namespace: runtime, key: "RunnerScaleSetSessionConflictException" },
  "session-expired": { status: 400, namespace: runtime, key: "RunnerScaleSetSessionExpiredException" },
  "session-evicted": { status: 404, namespace: runtime, key: "RunnerAdminException" },
  "runner-exists": { status: 409, namespace: tasks, key: "TaskAgentExistsException" },
  "runner-not-found": { status: 404, namespace: tasks, key: "TaskAgentNotFoundException" },
  "runner-busy": { status: 400, namespace: tasks, key: "TaskAgentJobStillRunningException" },
  "bad-admin-token": { status: 401, namespace: runtime, key: "InvalidTokenException" },
  "bad-queue-token": { status: 401, namespace: runtime, key: "InvalidTokenException" },
};

/** How the Actions Service and its queue answer. */
export function serviceSurface(model: GitHubModel): Surface {
  const { activityIds } = model.flavour;
  return {
    refuse: (refusal: Refusal): ApiResponse => {
      const found = exceptions[refusal.reason] ?? { status: 400, namespace: runtime, key: "ArgumentException" };
      return exception(found.status, `${found.namespace}.${found.key}, ${found.namespace}`, found.key, refusal.message);
    },
    ...(activityIds
      ? {
          around: (_call, handle): Reply =>
            mapReply(handle(), (response) => ({
              ...response,
              headers: { ...response.headers, activityid: randomGuid(model.kernel.random) },
            })),
        }
      : {}),
  };
}

export function serviceAnswer(value: unknown): ApiResponse {
  return { status: 200, headers: { "content-type": serviceJson }, body: JSON.stringify(value) };
}

export function serviceList(value: readonly unknown[]): ApiResponse {
  return serviceAnswer({ count: value.length, value });
}

export function badRequest(message: string): ApiResponse {
  return exception(400, "System.ArgumentException, mscorlib", "ArgumentException", message);
}

/** A .NET exception as the service writes it. */
function exception(status: number, typeName: string, typeKey: string, message: string): ApiResponse {
  return {
    status,
    headers: {
      "content-type": serviceJson,
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    },
    body: JSON.stringify({
      $id: "1",
      innerException: null,
      message,
      typeName,
      typeKey,
      errorCode: 0,
      eventId: 3000,
    }),
  };
}

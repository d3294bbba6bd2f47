/** A message to a runner, the same for both queues; `body` is JSON inside a string. */
export interface RunnerMessage {
  readonly messageId: number;
  readonly messageType: "RunnerJobRequest" | "JobCancellation";
  readonly body: string;
}

/** Tells a runner to fetch the job with `acquirejob` at `serviceBase` (which ends in a slash). */
export function jobRequest(messageId: number, jobId: string, serviceBase: string): RunnerMessage {
  return {
    messageId,
    messageType: "RunnerJobRequest",
    body: JSON.stringify({
      id: jobId,
      runner_request_id: jobId,
      should_acknowledge: false,
      run_service_url: serviceBase,
      billing_owner_id: "O_sim",
    }),
  };
}

/** Tells a runner to stop the job within five minutes; the service ends it by force after that. */
export function jobCancellation(messageId: number, jobId: string): RunnerMessage {
  return { messageId, messageType: "JobCancellation", body: JSON.stringify({ jobId, timeout: "00:05:00" }) };
}

export { type ActiveFault, FaultBoard } from "./faults/fault-board.ts";
export { faultKinds, platformFaults } from "./faults/fault-kinds.ts";
export {
  type InProcessFront,
  inProcessFront,
  type InProcessRequest,
  type InProcessResponse,
} from "./github/in-process/in-process-front.ts";
export type { Effect } from "./github/model/effect.ts";
export { GitHubModel } from "./github/model/github-model.ts";
export type { KeyRing } from "./github/model/key-ring.ts";
export { type Flavour, flavours, type ServiceLimits } from "./github/model/options.ts";
export { queueRawJob, type RawJobWish } from "./github/model/raw-job.ts";
export { Refusal } from "./github/model/refusal.ts";
export { type Truth, truthOf } from "./github/model/truth.ts";
export { createSimulatedGitHub, type SimulatedGitHub, type SimulatedGitHubOptions } from "./simulated-github.ts";
export { type Simulator, type SimulatorOptions, startSimulator } from "./start-simulator.ts";

import type { KeyRing } from "../../model/key-ring.ts";
import type { JitConfigIssuer } from "../service-context.ts";
import type { RunnerServices } from "./runner-services.ts";

/** Gives each registered runner a key of the ring and writes its JIT configuration. */
export function jitConfigIssuer(services: RunnerServices, ring: KeyRing): JitConfigIssuer {
  return {
    issue: (runner, wire, onIssued) => {
      ring.next((key) => {
        const encoded = services.side.issueJitConfig({
          runnerId: runner.id,
          runnerName: runner.name,
          clientId: runner.clientId,
          key,
          origin: wire.origin,
          gitHubUrl: wire.gitHubUrl,
          workFolder: runner.spec.workFolder,
        });
        // Removed while its key was in the making: the configuration is as dead as if it had been removed just after.
        if (runner.phase.kind === "gone") services.side.credentials.revoke(runner.id);
        onIssued(encoded);
      });
    },
  };
}

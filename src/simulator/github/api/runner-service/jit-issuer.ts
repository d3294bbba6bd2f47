import type { RsaPrivateJwk } from "../../model/jit/rsa-parameters.ts";
import type { JitConfigIssuer } from "../service-context.ts";
import type { RunnerServices } from "./runner-services.ts";

/** Where runners' keys come from. Making one takes a moment, so the HTTP front makes them beside the event loop. */
export interface RunnerKeyRing {
  /** @param onKey called once, possibly before `nextKey` returns. */
  nextKey(onKey: (key: RsaPrivateJwk) => void): void;
}

/** Gives each registered runner a key of the ring and writes its JIT configuration. */
export function jitConfigIssuer(services: RunnerServices, ring: RunnerKeyRing): JitConfigIssuer {
  return {
    issue: (runner, wire, onIssued) => {
      ring.nextKey((key) => {
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

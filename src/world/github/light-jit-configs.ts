import type { JitConfigIssuer } from "../../simulator/github/api/service-context.ts";

/** JIT configurations that say which runner they make and leave the keys out: nobody in the world asks for a token with them. */
export const lightJitConfigs: JitConfigIssuer = {
  issue(runner, _wire, onIssued) {
    const settings = Buffer.from(JSON.stringify({ AgentId: String(runner.id), AgentName: runner.name })).toString(
      "base64",
    );
    onIssued(Buffer.from(JSON.stringify({ ".runner": settings })).toString("base64"));
  },
};

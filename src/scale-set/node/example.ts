// One runner for every job that GitHub assigns: GITHUB_URL=https://github.com/acme GITHUB_TOKEN=... node example.ts ./run.sh
import { spawn } from "node:child_process";
import { hostname } from "node:os";
import { Listener, NodeTransport, PatTokenSource, proxyFromEnvironment } from "../index.ts";
import { ScaleSetClient, SystemClock, type Statistics } from "../index.ts";

const { GITHUB_URL = "", GITHUB_TOKEN = "", PATH = "", HOME = "" } = process.env;
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const { signal } = stop;
const clock = new SystemClock();
const transport = new NodeTransport({ proxy: proxyFromEnvironment(process.env) });
const client = new ScaleSetClient({
  configUrl: GITHUB_URL,
  tokenSource: new PatTokenSource(GITHUB_TOKEN),
  transport,
  clock,
  identity: { system: "example" },
});
const wanted = { name: "example", runnerGroupId: 1 };
const found = await client.getScaleSetByName(wanted, { signal });
const scaleSetId = (found ?? (await client.createScaleSet(wanted, { signal }))).id;

const capacity = () => 4;
const running = new Set<string>();
async function scale({ totalAssignedJobs }: Statistics): Promise<void> {
  while (running.size < Math.min(totalAssignedJobs, capacity())) {
    const name = `example-${clock.nowMs()}-${running.size}`;
    const { encodedJitConfig } = await client.generateJitConfig(scaleSetId, { name }, { signal });
    const env = { PATH, HOME, ACTIONS_RUNNER_INPUT_JITCONFIG: encodedJitConfig };
    const runner = spawn(process.argv[2] ?? "./run.sh", { env, stdio: "inherit" });
    running.add(name);
    runner.once("close", () => running.delete(name)).once("error", () => running.delete(name));
  }
}
const handler = { capacity, onStatistics: scale, onMessage: (_message: unknown, counts: Statistics) => scale(counts) };
await new Listener({ client, scaleSetId, ownerName: hostname(), clock, handler }).run({ signal });
await transport.close();

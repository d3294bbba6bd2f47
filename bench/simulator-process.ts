import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const drover = fileURLToPath(new URL("../bin/drover.js", import.meta.url));

/** GitHub in a process of its own, as `drover sim` serves it: its work does not count as ours. */
export async function startSimulatorProcess(): Promise<{
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}> {
  const token = "ghp_benchmark0000000000000000000000000000";
  const child = spawn(process.execPath, [drover, "sim", "--listen", "127.0.0.1:0", "--json"], {
    env: { ...process.env, DROVER_SIM_TOKEN: token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /"url":"(http:[^"]+)"/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`drover sim ended with ${code} before it served`)));
  });
  return {
    url,
    token,
    close: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
}

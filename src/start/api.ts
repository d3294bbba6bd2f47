import { join } from "node:path";
import { forSetting, resolveSecret, SettingError, type Config } from "../config/index.ts";
import type { Operations, ReadModel } from "../core/ports/read-model.ts";
import { ListenError, SocketInUseError, startServer, TokenFileError, type RunningServer } from "../server/index.ts";
import { systemClock } from "../system/system-clock.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { redact } from "../telemetry/redact.ts";
import type { StartOptions } from "./start-options.ts";

/**
 * Serves the API as configured.
 *
 * @throws {SettingError} its socket, address or token cannot be used.
 */
export async function serveApi(
  { config, environment, log }: StartOptions,
  readModel: ReadModel & Operations,
  metrics: Metrics,
): Promise<RunningServer> {
  const { listen, socket, hosts, token } = config.server;
  const tokenOption =
    token.kind === "file"
      ? { tokenFile: token.path }
      : { token: (await forSetting(["server", "token"], () => resolveSecret(token, environment))).value };
  try {
    return await startServer({
      ...(listen === undefined ? {} : { listen }),
      socket,
      ...tokenOption,
      hosts,
      readModel,
      operations: readModel,
      metrics,
      clock: systemClock,
      log,
      redact,
    });
  } catch (error) {
    throw settingBehind(config, error);
  }
}

/** Names the setting that is to blame; the state directory where the path only follows from it. */
function settingBehind({ stateDir, server: { token, socket } }: Config, error: unknown): unknown {
  if (error instanceof TokenFileError || error instanceof SocketInUseError)
    return new SettingError(["server", error.setting], error);
  if (!(error instanceof ListenError)) return error;
  const { setting } = error;
  const place = setting === "socket" ? socket : setting === "token" && token.kind === "file" ? token.path : undefined;
  const byDefault = place !== undefined && ["drover.sock", "api-token"].some((name) => place === join(stateDir, name));
  return new SettingError(byDefault ? ["stateDir"] : ["server", setting], error);
}

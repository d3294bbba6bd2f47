import { join } from "node:path";
import { SettingError, type Config } from "../config/index.ts";
import { createProcessProvider, ProcessSetupError, type ProcessProvider } from "../providers/process/index.ts";
import { systemClock } from "../system/system-clock.ts";
import { secretFiles } from "./credentials.ts";
import type { StartOptions } from "./start-options.ts";

/**
 * Every configured provider, ready to launch.
 *
 * @throws {SettingError} one that a pool uses cannot be used here.
 */
export async function prepareProviders(options: StartOptions): Promise<readonly ProcessProvider[]> {
  const { config, log } = options;
  const providers: ProcessProvider[] = [];
  for (const [name, provider] of Object.entries(config.providers)) {
    const isUsed = config.pools.some((pool) => pool.placement.some((placement) => placement.provider === name));
    try {
      providers.push(await prepareProvider(name, provider, options));
    } catch (error) {
      // One that no pool uses any more may still hold runners of a pool that was removed, but stops nobody.
      if (isUsed) throw settingBehind(name, config, error);
      log.warn({ provider: name, err: error }, "unused provider cannot be used");
    }
  }
  return providers;
}

async function prepareProvider(
  name: string,
  provider: Config["providers"][string],
  options: StartOptions,
): Promise<ProcessProvider> {
  const { config, environment, log, ownCommand } = options;
  const { runner } = config;
  const process = createProcessProvider({
    name,
    workRoot: provider.workRoot,
    limits: provider.limits,
    ...(provider.user === undefined ? {} : { user: provider.user }),
    runner:
      runner.kind === "minimal"
        ? { kind: "minimal", command: [...ownCommand, "sim-runner"] }
        : runner.kind === "release"
          ? { ...runner, kind: "archive" }
          : runner,
    clock: systemClock,
    inherit: environment,
    secrets: secretFiles(config),
    log: ({ level, message, runner: about, error }) =>
      log[level]({ provider: name, runner: about, err: error }, message),
  });
  for (const note of await process.prepare({ signal: new AbortController().signal })) {
    log.warn({ provider: name, code: note.code, advice: note.message }, "provider needs attention");
  }
  return process;
}

/** Names the setting that is to blame; the state directory where the work root only follows from it. */
function settingBehind(name: string, config: Config, error: unknown): unknown {
  if (!(error instanceof ProcessSetupError)) return error;
  const { setting } = error;
  if (setting === "runner") return new SettingError([setting], error);
  const byDefault = setting === "workRoot" && config.providers[name]?.workRoot === join(config.stateDir, "work");
  return new SettingError(byDefault ? ["stateDir"] : ["providers", name, ...setting.split(".")], error);
}

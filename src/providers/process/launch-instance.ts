import { access } from "node:fs/promises";
import type { Clock } from "../../core/ports/clock.ts";
import { CapacityError, DroverError, LaunchError } from "../../core/ports/errors.ts";
import type { LaunchSpec } from "../../core/ports/provider.ts";
import type { Limits } from "./cgroup.ts";
import { claimPlace } from "./claim.ts";
import { containedShell, containmentLines, dropRootCommand } from "./containment.ts";
import { messageOf, systemCode } from "./errors.ts";
import { keeperScript } from "./keeper.ts";
import { instanceVariable } from "./marks.ts";
import { instancePlace, type InstancePlace } from "./place.ts";
import { bootId, ownIdentity } from "./process-identity.ts";
import type { ReadySoftware } from "./runner-software.ts";
import type { Setup } from "./setup.ts";
import { startKeeper } from "./start-keeper.ts";

export interface LaunchTools {
  readonly setup: Setup;
  readonly software: ReadySoftware;
  readonly clock: Clock;
  readonly limits: Limits;
  /** What every runner inherits. */
  readonly inherited: Readonly<Record<string, string>>;
  /** What the operator sets for every runner. */
  readonly environment: Readonly<Record<string, string>>;
  /** The keeper is about to become a child of this process. */
  readonly starting: (place: InstancePlace) => void;
  /** The keeper, a child of this process, has ended. */
  readonly ended: (place: InstancePlace) => void;
  /** The launch failed after its claim: removes what is there of it. */
  readonly takeBack: (place: InstancePlace) => Promise<void>;
}

/**
 * Claims the runner's place and starts its keeper there; does nothing when the place is taken. The order makes every cut harmless:
 * before the claim nothing is an instance; after it the record shows one whose start is still open, which the keeper claims,
 * or whoever finds it after this Drover's death.
 */
export async function launchInstance(spec: LaunchSpec, tools: LaunchTools): Promise<void> {
  const { setup, software, limits } = tools;
  const { installation, pool, runner, credential } = spec;
  if (/[\n\0]/.test(credential.encodedJitConfig)) throw new Error("its credential is not one line of text");
  const place = instancePlace(setup.workRoot, installation, runner);
  if (await exists(place.directory)) return;
  const { user } = setup;
  const record = {
    version: 1,
    installation,
    pool,
    runner,
    launchedAtMs: tools.clock.nowMs(),
    bootId,
    launcher: ownIdentity,
    contained: user !== undefined,
  } as const;
  const keeper = keeperScript({
    place,
    cgroupProcs: setup.cgroups.procsOf(place.directory, limits),
    command: software.command,
    environment: software.environment,
    restarts: software.restarts,
    containment: user && { lines: containmentLines(place, setup.workRoot, user), dropRoot: dropRootCommand(user) },
  });
  if (!(await claimPlace(place, record, { software, keeper, owner: user }))) return;
  try {
    await setup.cgroups.create(place.directory, limits);
    tools.starting(place);
    await startKeeper(place, {
      shell: user === undefined ? ["/bin/sh"] : containedShell,
      environment: {
        ...tools.inherited,
        HOME: place.home,
        TMPDIR: place.tmp,
        ...(user && { USER: user.name, LOGNAME: user.name }),
        ...tools.environment,
        [instanceVariable]: place.directory,
        DROVER_INSTALLATION: installation,
        DROVER_POOL: pool,
        DROVER_RUNNER: runner,
      },
      secret: credential.encodedJitConfig,
      onExit: () => tools.ended(place),
    });
  } catch (error) {
    await tools.takeBack(place);
    throw error;
  }
}

const noRoom = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "ENOSPC", "EDQUOT"]);

/** A failed launch in the words of the port. */
export function launchFailure(runner: string, error: unknown): CapacityError | LaunchError {
  const code = systemCode(error) ?? "";
  if (noRoom.has(code)) {
    return new CapacityError(
      `Runner ${runner} was not started: this machine has no room (${code}: ${messageOf(error)}). The demand stays and Drover asks again. ` +
        "Lower the placement's max, or give the machine more disk, memory, processes or open files.",
      { cause: error },
    );
  }
  const why = error instanceof DroverError ? error.message : `${messageOf(error)}.`;
  return new LaunchError(`Runner ${runner} was not started: ${why} Drover tries again under a new name.`, {
    cause: error,
  });
}

/** False only when the path is certainly not there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { chmod, lchown, readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "./errors.ts";
import { placeIn, type InstancePlace } from "./place.ts";
import { isAlive, ownIdentity } from "./process-identity.ts";
import { recordLine, type InstanceRecord } from "./record.ts";
import { removeTree } from "./remove-tree.ts";
import type { ReadySoftware } from "./runner-software.ts";

let serial = 0;

/**
 * Makes the instance's directory, complete with its record and its software, and puts it in its place in one step: the move fails when
 * the place is taken, and before it nothing exists that anybody would take for an instance.
 *
 * @returns false when the instance is there already.
 */
export async function claimPlace(
  place: InstancePlace,
  record: InstanceRecord,
  fill: {
    readonly software: ReadySoftware;
    readonly keeper: string;
    readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  },
): Promise<boolean> {
  const installationDirectory = join(place.directory, "..");
  const staging = join(installationDirectory, stagingName());
  const parts = placeIn(staging, place.installation, place.runner);
  try {
    // Synchronous on purpose: these calls take less time than handing them to the thread pool and back.
    mkdirSync(staging, { recursive: true, mode: 0o700 });
    for (const directory of [parts.home, parts.runnerRoot, parts.tmp]) mkdirSync(directory, { mode: 0o700 });
    writeFileSync(parts.keeper, `${recordLine(record)}\n${fill.keeper}`, { mode: 0o600 });
    const copies = await fill.software.materialise(parts.runnerRoot);
    if (fill.owner !== undefined) {
      await chmod(parts.tmp, 0o1777);
      for (const path of [parts.home, parts.runnerRoot, parts.tmp, ...copies]) {
        await lchown(path, fill.owner.uid, fill.owner.gid);
      }
    }
    renameSync(staging, place.directory);
    return true;
  } catch (error) {
    await removeTree(staging);
    if (["ENOTEMPTY", "EEXIST"].includes(systemCode(error) ?? "")) return false;
    throw error;
  }
}

function stagingName(): string {
  serial += 1;
  return `.new-${ownIdentity.pid}-${ownIdentity.startTicks}-${serial}`;
}

/** Removes what Drovers that died in the middle of a claim left behind. Nothing was ever started from it. */
export async function sweepUnfinishedClaims(installationDirectory: string): Promise<void> {
  for (const name of await readdir(installationDirectory)) {
    const [, pid, startTicks] = /^\.new-(\d+)-(\d+)-\d+$/.exec(name) ?? [];
    if (pid === undefined || startTicks === undefined) continue;
    if (!(await isAlive({ pid: Number(pid), startTicks }))) await removeTree(join(installationDirectory, name));
  }
}

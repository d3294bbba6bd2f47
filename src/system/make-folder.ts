import { chmod, mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and what is missing above it, one step at a time. Node's own recursive mkdir never returns where a file system
 * answers "no such file" below a folder that is there, as /proc does: it goes up and down between the two for ever.
 *
 * @param mode of every folder that is made, whatever the umask is; without it the umask decides.
 * @throws the system's error: `EEXIST` when a file is in the way, `ENOENT` where nobody can make folders.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await isFolder(at)); at = dirname(at)) missing.push(at);
  for (const folder of missing.reverse()) {
    try {
      await mkdir(folder, { mode: mode ?? 0o777 });
      if (mode !== undefined) await chmod(folder, mode);
    } catch (error) {
      // Somebody else may have made it in this moment.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !(await isFolder(folder))) throw error;
    }
  }
}

/** False for what is not there; everything else that is in the way is the business of mkdir, whose error names it. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory() || dirname(path) === path;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

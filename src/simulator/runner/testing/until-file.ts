import { existsSync, watch } from "node:fs";
import { dirname } from "node:path";

/** Resolves once the file is there. Its directory has to exist already. */
export async function untilFile(path: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const watcher = watch(dirname(path), () => look());
    const look = (): void => {
      if (!existsSync(path)) return;
      watcher.close();
      resolve();
    };
    look();
  });
}

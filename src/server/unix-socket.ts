import { chmod, lstat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { makeFolder } from "../system/make-folder.ts";

/** The socket's path is taken. */
export class SocketInUseError extends Error {
  override readonly name = "SocketInUseError";
  readonly code = "DROVER_API_SOCKET_IN_USE";
  readonly retryable = true;
  /** The setting to mend. */
  readonly setting = "socket";
}

/**
 * Listens on a Unix socket that only this user can open (mode 0600 from its first moment on). A socket that a dead process
 * left is removed first; a missing folder is made, mode 0700.
 *
 * @throws {SocketInUseError} a living process listens there, or the path is no socket.
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  await makeFolder(dirname(path), 0o700);
  await removeDeadSocket(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // The file is made while listen() runs, with the mask of that moment.
    const mask = process.umask(0o177);
    try {
      server.listen({ path }, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
  await chmod(path, 0o600);
}

async function removeDeadSocket(path: string): Promise<void> {
  let stats;
  try {
    stats = await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (!stats.isSocket()) {
    throw new SocketInUseError(
      `${path} exists and is no socket, so Drover leaves it alone. Name another path or remove it.`,
    );
  }
  if (await answers(path)) {
    throw new SocketInUseError(`Another process listens on ${path}. Stop it, or give this Drover another socket path.`);
  }
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    const settle = (alive: boolean) => {
      probe.destroy();
      resolve(alive);
    };
    probe.setTimeout(1000, () => settle(true));
    probe.once("connect", () => settle(true));
    probe.once("error", (error: NodeJS.ErrnoException) =>
      settle(error.code !== "ECONNREFUSED" && error.code !== "ENOENT"),
    );
  });
}

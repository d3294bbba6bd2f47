import { randomBytes } from "node:crypto";
import { isIPv4 } from "node:net";
import { attachFeed } from "./github/api/runner-service/feed-socket.ts";
import { generatedKeys } from "./github/http/generated-keys.ts";
import { openHttpFront } from "./github/http/http-front.ts";
import type { KeyRing } from "./github/model/key-ring.ts";
import { type Flavour, flavours, type ServiceLimits } from "./github/model/options.ts";
import type { ModelClock, ModelRandom } from "./github/model/time-and-chance.ts";
import { createSimulatedGitHub, type SimulatedGitHub } from "./simulated-github.ts";

export interface SimulatorOptions {
  /** `host:port`; port 0 takes a free one. Default `127.0.0.1:0`. Anything but loopback is refused. */
  readonly listen?: string;
  /** Repositories to serve, as owner/name. Default `acme/widgets`. Their owners exist with them. */
  readonly repositories?: readonly string[];
  /** The personal access token that clients use. Made when left out. */
  readonly token?: string;
  readonly flavour?: Flavour["name"];
  /** What differs from the flavour, such as a server that drops custom labels. */
  readonly flavourChanges?: Partial<Flavour>;
  /** Times and limits that differ from GitHub's. */
  readonly limits?: Partial<ServiceLimits>;
  /** Default: the system's clock. With another one, whoever turns it calls `model.advance()`. */
  readonly clock?: ModelClock;
  /** Default: the system's randomness. */
  readonly random?: ModelRandom;
  readonly keys?: KeyRing;
}

/** A running GitHub in a box. */
export interface Simulator extends SimulatedGitHub {
  /** `http://127.0.0.1:4000`, without a slash at the end. */
  readonly url: string;
  /** Secret: whoever has it may register runners. */
  readonly token: string;
  /** Ends parked polls with "nothing" and closes the port. Repeating it does nothing. */
  close(): Promise<void>;
}

/**
 * Starts a simulator on a loopback port.
 *
 * @throws {RangeError} `listen` has no port or is no loopback address, or a repository is not owner/name.
 * @throws what listening fails with, such as EADDRINUSE.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host, port } = loopbackAddress(options.listen ?? "127.0.0.1:0");
  const token = options.token ?? `ghp_${randomBytes(18).toString("hex")}`;
  let gitHub: SimulatedGitHub | undefined;
  const front = await openHttpFront({
    host,
    port,
    serve: (serverUrl) =>
      (gitHub = createSimulatedGitHub({
        clock: options.clock ?? { nowMs: () => Date.now() },
        random: options.random ?? { next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48 },
        keys: options.keys ?? generatedKeys(),
        serverUrl,
        flavour: { ...flavours[options.flavour ?? "dotcom"], ...options.flavourChanges },
        limits: options.limits ?? {},
        repositories: options.repositories ?? ["acme/widgets"],
      })),
  });
  const served = gitHub as unknown as SimulatedGitHub;
  served.model.credentials.addPersonalToken(token);
  const closeFeed = attachFeed(front.server, served.runnerServices);
  let closing: Promise<void> | undefined;
  return {
    ...served,
    url: front.url,
    token,
    close: () =>
      (closing ??= (async () => {
        closeFeed();
        served.runnerServices.side.sessions.releaseAll();
        await front.close();
      })()),
  };
}

function loopbackAddress(listen: string): { readonly host: string; readonly port: number } {
  const [, written = listen, portText = ""] = /^(.*):([^:\]]*)$/.exec(listen) ?? [];
  const host = written.replace(/^\[(.*)\]$/, "$1");
  const remedy = "Use 127.0.0.1:4000, or 127.0.0.1:0 for any free port.";
  if (!/^\d{1,5}$/.test(portText) || Number(portText) > 65_535) {
    throw new RangeError(
      `The simulator cannot listen on "${listen}": behind a host and a colon it wants a port from 0 to 65535. ${remedy}`,
    );
  }
  if (written !== "[::1]" && written !== "localhost" && !(isIPv4(host) && host.startsWith("127."))) {
    throw new RangeError(
      `The simulator cannot listen on "${listen}": it serves anybody who reaches it, so it takes loopback addresses only. ${remedy}`,
    );
  }
  return { host, port: Number(portText) };
}

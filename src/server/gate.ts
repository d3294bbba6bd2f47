import { hostRefused, originRefused, unauthorized } from "./api-error.ts";
import { tokenMatches } from "./token.ts";

/** Who may come in through one listener. */
export interface Gate {
  /** Undefined on a Unix socket, whose file mode decides. */
  readonly token: string | undefined;
  /** Host names beside the loopback ones; undefined where the Host header means nothing (a Unix socket). */
  readonly hosts: ReadonlySet<string> | undefined;
}

const openPaths: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);
const loopbackNames = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Lets a request in or throws the refusal. The Host check keeps a web page out that had its own name point to this machine
 * (DNS rebinding), the Origin check every other web page, the token everybody else.
 *
 * @throws {ApiError}
 */
export function admit(
  gate: Gate,
  request: {
    readonly path: string;
    readonly host: string | undefined;
    readonly origin: string | undefined;
    readonly authorization: string | undefined;
  },
): void {
  if (gate.hosts !== undefined && !hostIsOurs(request.host, gate.hosts)) throw hostRefused();
  if (request.origin !== undefined && !originIsOurs(request.origin, request.host)) throw originRefused();
  if (openPaths.has(request.path) || gate.token === undefined) return;
  if (!tokenMatches(gate.token, request.authorization)) throw unauthorized();
}

function hostIsOurs(host: string | undefined, hosts: ReadonlySet<string>): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:/?#@\s]+)(?::\d{1,5})?$/i.exec(host ?? "")?.[1]?.toLowerCase();
  return name !== undefined && (loopbackNames.test(name) || hosts.has(name));
}

/** A page served by this very server; the opaque origin `null` never is. */
function originIsOurs(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

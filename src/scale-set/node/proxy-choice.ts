import { BlockList, isIP } from "node:net";

/** Proxies by the target's scheme, and what is reached without one. */
export interface ProxySettings {
  /** For http targets. */
  readonly httpProxy?: string;
  /** For https targets. */
  readonly httpsProxy?: string;
  /** Hosts without a proxy, separated by commas: `example.com` (its sub-domains too), `.example.com`, `10.0.0.0/8`, `fd00::/8`, `host:port`, `*`. */
  readonly noProxy?: string;
}

/** The settings of the usual environment variables; lower case wins. */
export function proxyFromEnvironment(environment: Readonly<Record<string, string | undefined>>): ProxySettings {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const [httpProxy, httpsProxy, noProxy] = [read("HTTP_PROXY"), read("HTTPS_PROXY"), read("NO_PROXY")];
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}

/** The proxy for a target, or undefined for a direct connection. Loopback is always direct. */
export function proxyFor(target: URL, settings: ProxySettings): string | undefined {
  const proxy = target.protocol === "https:" ? settings.httpsProxy : settings.httpProxy;
  if (proxy === undefined || proxy === "") return undefined;
  const host = target.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (isLoopback(host)) return undefined;
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  const rules = (settings.noProxy ?? "").split(",").map((rule) => rule.trim().toLowerCase());
  if (rules.some((rule) => rule !== "" && excludes(rule, host, port))) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function excludes(rule: string, host: string, port: string): boolean {
  if (rule === "*") return true;
  if (rule.includes("/")) return isInNetwork(host, rule);
  const [, name = "", rulePort] = /^(\[[^\]]*\]|[^:]*|[0-9a-f:]*:[0-9a-f:]*)(?::(\d+))?$/.exec(rule) ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  const bare = name.replace(/^\*?\.|^\[|\]$/g, "");
  if (bare === "") return false;
  const onlySubDomains = /^\*?\./.test(name);
  return (!onlySubDomains && host === bare) || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}

function isInNetwork(host: string, rule: string): boolean {
  const [network = "", bits = ""] = rule.replace(/^\[([^\]]*)\]/, "$1").split("/");
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), type);
  return list.check(host, type);
}

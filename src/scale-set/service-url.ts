import { percentEscape } from "./path-segment.ts";

const apiVersion = "6.0-preview";

export type Query = readonly (readonly [name: string, value: string])[];

/**
 * URL of an Actions Service call: `path` behind the base's own path, both queries merged (the call's own wins), `api-version`
 * added, the query sorted by name. The base is opaque: it may or may not end in a slash and may carry a query.
 */
export function joinServiceUrl(base: string, path: string, query: Query): string {
  const parts = splitUrl(base);
  const own = new Set(query.map(([name]) => name));
  const kept = parseQuery(parts.query).filter(
    ([name, value]) => !own.has(name) && !(name === "api-version" && value === ""),
  );
  const merged = [...kept, ...query];
  if (!merged.some(([name]) => name === "api-version")) merged.push(["api-version", apiVersion]);
  return `${parts.origin}${cleanPath(`${parts.path}/${path}`)}?${encodeQuery(merged)}`;
}

/** Queue URL of one poll: byte for byte as handed out at the start, with the cursor merged into its query afterwards. */
export function pollUrl(queueUrl: string, lastMessageId: number): string {
  if (lastMessageId <= 0) return queueUrl;
  const parts = splitUrl(queueUrl);
  const kept = parseQuery(parts.query).filter(([name]) => name !== "lastMessageId");
  return `${parts.origin}${parts.path}?${encodeQuery([...kept, ["lastMessageId", String(lastMessageId)]])}`;
}

/** URL of one message: its id behind the queue's path, the queue's query as it is. */
export function messageUrl(queueUrl: string, messageId: number): string {
  const parts = splitUrl(queueUrl);
  return `${parts.origin}${parts.path}/${messageId}${parts.query === "" ? "" : `?${parts.query}`}`;
}

/** Whether the text is an absolute http(s) URL. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^/?#]/i.test(text) && URL.canParse(text);
}

// Taken apart as text: the URL class would rewrite escapes, hosts and default ports.
function splitUrl(url: string): { readonly origin: string; readonly path: string; readonly query: string } {
  const [, origin = "", path = "", query = ""] = /^([^/?#]*\/\/[^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(url) ?? [];
  return { origin, path, query };
}

// Removes doubled slashes and dot segments, keeps percent escapes and a trailing slash.
function cleanPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}${path.endsWith("/") && segments.length > 0 ? "/" : ""}`;
}

// Form decoding; pairs with a semicolon or a broken escape are dropped, as the service's reference client drops them.
function parseQuery(query: string): [string, string][] {
  return query.split("&").flatMap((pair): [string, string][] => {
    if (pair === "" || pair.includes(";")) return [];
    const [name = "", ...value] = pair.replaceAll("+", " ").split("=");
    try {
      return [[decodeURIComponent(name), decodeURIComponent(value.join("="))]];
    } catch {
      return [];
    }
  });
}

function encodeQuery(query: Query): string {
  return [...query]
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`)
    .join("&");
}

function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, percentEscape)
    .replaceAll("%20", "+");
}

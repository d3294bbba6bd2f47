import { Call } from "./call.ts";
import type { ApiRequest, ApiResponse, Reply } from "./exchange.ts";
import { mapReply, text } from "./exchange.ts";
import { Refusal } from "../model/refusal.ts";

/** What a group of routes has in common: how it says no, and what every answer of it carries. */
export interface Surface {
  readonly refuse: (refusal: Refusal, call: Call) => ApiResponse;
  /** Wraps every call of the surface; for budgets and headers. */
  readonly around?: (call: Call, handle: () => Reply) => Reply;
}

export interface Route {
  /** Names the call in faults and tests: `session.create`. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /**
   * `/a/:parameter/b`, below the prefix that the router takes off: `/api/v3`, and the service path before `/_apis`. `/*` at
   * the end takes the rest of the path, undecoded, as the parameter `rest`.
   */
  readonly path: string;
  readonly surface: Surface;
  /** May throw `Refusal`; the surface turns it into an answer. */
  readonly handle: (call: Call) => Reply;
}

/** Stands between the router and a handler. Calling `next` handles the call; not calling it is a fault's right. */
export type Interceptor = (call: Call, next: () => Reply) => Reply;

interface Node {
  readonly children: Map<string, Node>;
  parameter: Node | undefined;
  /** By method; the names of the parameters differ by route. */
  readonly routes: Map<string, { readonly route: Route; readonly names: readonly string[] }>;
  readonly rests: Map<string, { readonly route: Route; readonly names: readonly string[] }>;
}

function emptyNode(): Node {
  return { children: new Map(), parameter: undefined, routes: new Map(), rests: new Map() };
}

/**
 * Finds the handler of a request. Repeated and trailing slashes mean nothing, and are never answered with a redirect: a
 * client that followed it would repeat a POST as a GET.
 */
export class Router {
  readonly #root = emptyNode();
  readonly #interceptors: Interceptor[] = [];
  readonly #nextRequestId: () => string;

  /** @param nextRequestId gives the `X-GitHub-Request-Id` of each answer. */
  constructor(routes: Iterable<Route>, nextRequestId: () => string) {
    this.#nextRequestId = nextRequestId;
    for (const route of routes) this.#add(route);
  }

  /** Puts an interceptor around everything, outside those before it. The returned function takes it off again. */
  intercept(interceptor: Interceptor): () => void {
    this.#interceptors.push(interceptor);
    return () => {
      const index = this.#interceptors.indexOf(interceptor);
      if (index >= 0) this.#interceptors.splice(index, 1);
    };
  }

  handle(request: ApiRequest): Reply {
    const segments = request.path.split("/").filter((segment) => segment !== "");
    let tenantNumber: number | undefined;
    if (segments[0] === "api" && segments[1] === "v3") segments.splice(0, 2);
    else if (segments[0] === "rest" && segments[1] === "_apis") segments.splice(0, 1);
    else if (segments[0] === "tenant" && segments[2] === "_apis") {
      tenantNumber = Number(segments[1]);
      segments.splice(0, 2);
    }
    const isHead = request.method === "HEAD" && isRest(request, segments);
    const found = this.#find(isHead ? "GET" : request.method, segments);
    if (found === undefined) return this.#stamp(unknownPath(request, segments));
    const { route } = found;
    const call = new Call(request, route.name, found.params, tenantNumber);
    const handle = (): Reply => {
      try {
        return route.handle(call);
      } catch (error) {
        if (error instanceof Refusal) return route.surface.refuse(error, call);
        throw error;
      }
    };
    const around = route.surface.around;
    const reply = this.#run(call, around === undefined ? handle : () => around(call, handle));
    return isHead ? mapReply(reply, withoutBody) : reply;
  }

  #run(call: Call, handle: () => Reply): Reply {
    let next = handle;
    for (const interceptor of this.#interceptors) {
      const inner = next;
      next = () => interceptor(call, inner);
    }
    return this.#stamp(next());
  }

  #stamp(reply: Reply): Reply {
    return mapReply(reply, (response) => ({
      ...response,
      headers: { ...response.headers, "x-github-request-id": this.#nextRequestId() },
    }));
  }

  #find(
    method: string,
    segments: readonly string[],
  ): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | undefined {
    const values: string[] = [];
    let node = this.#root;
    let rest: { node: Node; values: readonly string[]; from: number } | undefined;
    for (const [index, segment] of segments.entries()) {
      if (node.rests.size > 0) rest = { node, values: [...values], from: index };
      const child = node.children.get(segment);
      if (child !== undefined) {
        node = child;
      } else if (node.parameter !== undefined) {
        values.push(decoded(segment));
        node = node.parameter;
      } else {
        return restRoute(method, segments, rest);
      }
    }
    const entry = node.routes.get(method);
    if (entry === undefined) return restRoute(method, segments, rest);
    return { route: entry.route, params: named(entry.names, values) };
  }

  #add(route: Route): void {
    const names: string[] = [];
    let node = this.#root;
    for (const segment of route.path.split("/").filter((part) => part !== "")) {
      if (segment === "*") {
        node.rests.set(route.method, { route, names });
        return;
      }
      if (segment.startsWith(":")) {
        names.push(segment.slice(1));
        node.parameter ??= emptyNode();
        node = node.parameter;
      } else {
        let child = node.children.get(segment);
        if (child === undefined) {
          child = emptyNode();
          node.children.set(segment, child);
        }
        node = child;
      }
    }
    if (node.routes.has(route.method)) throw new Error(`Two routes serve ${route.method} ${route.path}; keep one.`);
    node.routes.set(route.method, { route, names });
  }
}

function restRoute(
  method: string,
  segments: readonly string[],
  rest: { node: Node; values: readonly string[]; from: number } | undefined,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | undefined {
  const entry = rest?.node.rests.get(method);
  if (rest === undefined || entry === undefined) return undefined;
  return {
    route: entry.route,
    params: { ...named(entry.names, rest.values), rest: segments.slice(rest.from).join("/") },
  };
}

function named(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) params[name] = values[index] ?? "";
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function isRest(request: ApiRequest, segments: readonly string[]): boolean {
  return segments[0] !== "_apis" && !request.path.startsWith("/scalesets");
}

/** The answer to a HEAD: what a GET would say of its body, without it. */
function withoutBody(response: ApiResponse): ApiResponse {
  const length = { "content-length": String(Buffer.byteLength(response.body)) };
  return { ...response, headers: { ...response.headers, ...length }, body: "" };
}

/** The Actions Service's router knows plain text only; the REST interface answers in its own shape. */
function unknownPath(request: ApiRequest, segments: readonly string[]): ApiResponse {
  if (!isRest(request, segments)) return text(404, "404 page not found");
  return {
    status: 404,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify({ message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" }),
  };
}

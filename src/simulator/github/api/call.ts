import type { ApiRequest } from "./exchange.ts";

/** A request on its way to a handler, with what the router found out about it. */
export class Call {
  readonly request: ApiRequest;
  /** Name of the route: what faults are aimed at. */
  readonly route: string;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Number in the service path of flavours that put the tenant there. */
  readonly tenantNumber: number | undefined;
  #query: URLSearchParams | undefined;

  constructor(
    request: ApiRequest,
    route: string,
    params: Readonly<Record<string, string>>,
    tenantNumber: number | undefined,
  ) {
    this.request = request;
    this.route = route;
    this.params = params;
    this.tenantNumber = tenantNumber;
  }

  get origin(): string {
    return this.request.origin;
  }

  param(name: string): string {
    return this.params[name] ?? "";
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.request.search);
    return this.#query;
  }

  header(name: string): string | undefined {
    return this.request.headers[name];
  }

  /** The credential of an `Authorization` header of this scheme, whatever the spelling of the scheme. */
  credential(scheme: string): string | undefined {
    const value = this.request.headers["authorization"];
    if (value === undefined) return undefined;
    const space = value.indexOf(" ");
    if (space < 0 || value.slice(0, space).toLowerCase() !== scheme.toLowerCase()) return undefined;
    return value.slice(space + 1).trim();
  }

  /** The body as a JSON object; an absent body is an empty one. Undefined when it is something else. */
  bodyObject(): Readonly<Record<string, unknown>> | undefined {
    const body = this.bodyJson();
    if (body === null) return {};
    return typeof body === "object" && !Array.isArray(body) ? (body as Record<string, unknown>) : undefined;
  }

  /** The body as JSON; null when absent, undefined when it cannot be parsed. */
  bodyJson(): unknown {
    const { body } = this.request;
    if (body.trim() === "") return null;
    try {
      return JSON.parse(body.charCodeAt(0) === 0xfeff ? body.slice(1) : body);
    } catch {
      return undefined;
    }
  }
}

/** A member by name; the exact spelling wins, any other capitalisation will do. */
export function member(object: Readonly<Record<string, unknown>>, name: string): unknown {
  if (name in object) return object[name];
  const wanted = name.toLowerCase();
  for (const key of Object.keys(object)) if (key.toLowerCase() === wanted) return object[key];
  return undefined;
}

export function stringMember(object: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = member(object, name);
  return typeof value === "string" ? value : undefined;
}

export function intMember(object: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = member(object, name);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/** What every refusal of the API looks like: what happened, and what the caller can do. */
export interface ApiErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string };
}

/** A refusal with its HTTP status. `code` is public. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly remedy: string;

  constructor(status: number, code: string, message: string, remedy: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }

  body(): ApiErrorBody {
    return { error: { code: this.code, message: this.message, remedy: this.remedy } };
  }
}

export const unauthorized = (): ApiError =>
  new ApiError(
    401,
    "DROVER_API_UNAUTHORIZED",
    "This request carries no token, or not the right one.",
    "Send the token in the header `Authorization`, after the word `Bearer`: it is the content of the file that `server.token.file` names.",
  );

export const hostRefused = (): ApiError =>
  new ApiError(
    403,
    "DROVER_API_HOST",
    "The Host header names a host that this server does not answer for.",
    "Use localhost, 127.0.0.1 or [::1], or add the name to `server.hosts`.",
  );

export const originRefused = (): ApiError =>
  new ApiError(
    403,
    "DROVER_API_ORIGIN",
    "Requests of other web sites are refused.",
    "Open the page from this server's own address, or call the API without an Origin header.",
  );

export const notFound = (what: string, remedy: string): ApiError =>
  new ApiError(404, "DROVER_API_NOT_FOUND", what, remedy);

export const badRequest = (message: string, remedy: string): ApiError =>
  new ApiError(400, "DROVER_API_BAD_REQUEST", message, remedy);

export const tooManyStreams = (limit: number): ApiError =>
  new ApiError(
    503,
    "DROVER_API_TOO_MANY_STREAMS",
    `All ${limit} event streams of this server are taken.`,
    "Close a page that shows live events, or read pages of events without `Accept: text/event-stream`.",
  );

/** The refusal for anything that was thrown, without a word of what an unknown error says: it may carry secrets. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { statusCode, code } = error as { statusCode?: unknown; code?: unknown };
  if (code === "FST_ERR_HANDLER_TIMEOUT") {
    return new ApiError(
      503,
      "DROVER_API_TIMEOUT",
      "The answer took too long.",
      "Ask again; `drover status` shows whether Drover is in trouble.",
    );
  }
  if (statusCode === 413) {
    return new ApiError(
      413,
      "DROVER_API_BODY_TOO_LARGE",
      "The request's body is too large.",
      "Send no body: no call needs one.",
    );
  }
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return new ApiError(
      statusCode,
      "DROVER_API_BAD_REQUEST",
      "The request could not be read.",
      "Check the address, the headers and the body; the API reference shows each call.",
    );
  }
  return new ApiError(
    500,
    "DROVER_API_INTERNAL",
    "Drover failed to answer this request; it goes on scaling.",
    "The log of this time has the cause.",
  );
}

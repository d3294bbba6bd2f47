/** The API cannot be served where the configuration says. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code = "DROVER_API_LISTEN";
  /** True when another program holds the address: it may let go of it. */
  readonly retryable: boolean;
  /** The setting to mend. */
  readonly setting: "listen" | "socket" | "token";

  constructor(
    message: string,
    options: { readonly setting: ListenError["setting"]; readonly retryable: boolean; readonly cause: unknown },
  ) {
    super(message, { cause: options.cause });
    this.setting = options.setting;
    this.retryable = options.retryable;
  }
}

/** What the system says against serving at `place`, in words for an operator. Drover's own errors stay as they are. */
export function listenFailure(setting: ListenError["setting"], place: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof syscall !== "string") return error;
  return new ListenError(words(setting, place, code ?? "unknown error", syscall), {
    setting,
    retryable: code === "EADDRINUSE",
    cause: error,
  });
}

function words(setting: ListenError["setting"], place: string, code: string, syscall: string): string {
  const remedies = {
    listen:
      "Name an address of this machine and a port that Drover's user may use, or remove it: then only the socket is served.",
    socket: "Name a path of at most 107 bytes in a folder that Drover may write to, or set stateDir to such a folder.",
    token: "Name a file in a folder that Drover may write to, or set stateDir to such a folder.",
  };
  if (code === "EADDRINUSE")
    return `${place} is taken by another program, so Drover does not start. ${remedies[setting]}`;
  if (setting === "token")
    return `The API token file ${place} cannot be made or read (${code}), so Drover does not start. ${remedies.token}`;
  const why = syscall === "getaddrinfo" ? "no such host is known" : code;
  return `The API cannot be served at ${place} (${why}), so Drover does not start. ${remedies[setting]}`;
}

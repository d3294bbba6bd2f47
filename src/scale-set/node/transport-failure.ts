/** No HTTP response arrived. */
export class TransportFailure extends Error {
  override readonly name = "TransportFailure";
  readonly code = "SCALE_SET_TRANSPORT";
  /** No retry cures it: a certificate that is not trusted, a URL that is none, redirects without end. */
  readonly permanent: boolean;

  constructor(message: string, options: { readonly cause?: unknown; readonly permanent: boolean }) {
    super(message, { cause: options.cause });
    this.permanent = options.permanent;
  }
}

/** Codes by which Node tells that a certificate was refused. */
const certificateCodes =
  /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_\w+|\w*SELF_SIGNED_CERT\w*|UNABLE_TO_(GET|VERIFY|DECRYPT|DECODE)_\w+|ERROR_IN_CERT_\w+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** Codes of requests that were never sent and never will be: malformed, or over a transport that was closed. */
const hopelessCodes = new Set(["UND_ERR_INVALID_ARG", "ERR_INVALID_URL", "UND_ERR_DESTROYED", "UND_ERR_CLOSED"]);

/** Tells in a person's words why a request had no response. */
export function transportFailure(error: unknown, target: string): TransportFailure {
  const chain = causes(error);
  const codes = chain
    .map((cause) => (cause as { readonly code?: unknown }).code)
    .filter((code) => typeof code === "string");
  const certificate = codes.find((code) => certificateCodes.test(code));
  const words = chain.map((cause) => cause.message).find((message) => message !== "") ?? "no reason given";
  if (certificate !== undefined) {
    const message = `${target}: its certificate is not trusted (${certificate}: ${words}). Give the authority that signed it as CA.`;
    return new TransportFailure(message, { cause: error, permanent: true });
  }
  const permanent = codes.some((code) => hopelessCodes.has(code));
  const code = codes[0] === undefined ? "" : `${codes[0]}: `;
  return new TransportFailure(`${target}: no response (${code}${words})`, { cause: error, permanent });
}

function causes(error: unknown): readonly Error[] {
  const found: Error[] = [];
  for (let next = error; next instanceof Error && found.length < 8; next = next.cause) found.push(next);
  return found;
}

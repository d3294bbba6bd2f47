/** Names that say where and how programs run, and nothing about who Drover is. */
const passedOn = [
  "PATH",
  "LANG",
  "LANGUAGE",
  "TZ",
  "SHELL",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "ALL_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "all_proxy",
];

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * What a runner inherits of Drover's environment: an allow list, because Drover's own environment holds credentials. Everything
 * else is the provider's `environment` option.
 */
export function inheritedEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const kept: Record<string, string> = { PATH: defaultPath };
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && (passedOn.includes(name) || name.startsWith("LC_"))) kept[name] = value;
  }
  return kept;
}

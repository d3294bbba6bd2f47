/** What `drover init` has to know; the rest of drover.yaml has defaults. */
export interface Answers {
  readonly url: string;
  readonly scope: string;
  readonly pool: string;
  readonly max: string;
  readonly credential:
    | { readonly kind: "token-env"; readonly name: string }
    | { readonly kind: "token-file"; readonly path: string }
    | { readonly kind: "app"; readonly clientId: string; readonly keyFile: string };
  readonly runner:
    | { readonly kind: "dir"; readonly dir: string }
    | { readonly kind: "release"; readonly version: string; readonly sha256: string }
    | { readonly kind: "minimal" };
}

/** A name for the installation: the owner, and where Drover's kind of names allows no more, what is left of it. */
function installationName(scope: string): string {
  const owner = scope.replace(/^enterprises\//, "").split("/")[0] ?? "";
  const name = owner
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40);
  return name === "" ? "drover" : name;
}

/** The text of a drover.yaml, with a word on what to change next. */
export function composeConfig(answers: Answers): string {
  const { url, scope, pool, max } = answers;
  return `# Made by drover init. Every key: docs/reference/configuration.md, or drover config schema for your editor.
installation: ${installationName(scope)} # marks everything Drover makes; keep it when scopes change
github:
  url: ${url}
  credentials:
    main: ${credentialText(answers.credential)}
pools:
  - name: ${pool} # also the runs-on label, unless you add labels
    scope: ${scope}
    size: { minIdle: 0, max: ${max}, idleGrace: 5m }
    deadlines: { job: 6h }
providers:
  host: { kind: process } # add user: NAME (and start Drover as root) to keep jobs away from Drover's secrets
runner: ${runnerText(answers.runner)}
`;
}

function credentialText(credential: Answers["credential"]): string {
  switch (credential.kind) {
    case "token-env":
      return `{ token: { env: ${credential.name} } }`;
    case "token-file":
      return `{ token: { file: ${quoted(credential.path)} } }`;
    case "app":
      return `{ app: { clientId: ${quoted(credential.clientId)}, privateKey: { file: ${quoted(credential.keyFile)} } } }`;
    default:
      return credential satisfies never;
  }
}

function runnerText(runner: Answers["runner"]): string {
  switch (runner.kind) {
    case "dir":
      return `{ dir: ${quoted(runner.dir)} }`;
    case "release":
      return `{ version: ${runner.version}, sha256: ${quoted(runner.sha256)} }`;
    case "minimal":
      return "{ minimal: true }";
    default:
      return runner satisfies never;
  }
}

/** JSON's strings are YAML's. */
function quoted(text: string): string {
  return /^[A-Za-z/.~][\w./~-]*$/.test(text) ? text : JSON.stringify(text);
}

import { describeReference, type SecretReference } from "../../config/secret-reference.ts";

/** A drover.yaml that works against a simulator as it stands, with one pool for each owner. */
export function readyConfig(simulator: {
  readonly url: string;
  readonly repositories: readonly string[];
  readonly token: SecretReference;
}): string {
  const { url, repositories, token } = simulator;
  const byOwner = Map.groupBy(repositories, (repository) => repository.split("/")[0] ?? repository);
  const pools = [...byOwner].flatMap(([owner, [first = owner, ...others]], index) => [
    `  - name: linux-x64${index === 0 ? "" : `-${owner.toLowerCase().replace(/[^a-z0-9]/g, "")}`.slice(0, 22)}`,
    `    scope: ${others.length === 0 ? first : owner}`,
    "    labels: [linux-x64, self-hosted, ubuntu-latest]",
    "    size: { max: 4 }",
  ]);
  return [
    "installation: simulated",
    "github:",
    `  url: ${url}`,
    "  credentials:",
    `    simulator: { token: ${describeReference(token)} }`,
    "pools:",
    ...pools,
    "runner: { minimal: true }",
  ].join("\n");
}

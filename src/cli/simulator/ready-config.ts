import { stringify } from "yaml";
import { describeReference, type SecretReference } from "../../config/secret-reference.ts";

/**
 * A drover.yaml that works against a simulator as it stands, with one pool for each owner.
 *
 * @param simulator.repositories as owner/name; none twice, whatever its case.
 */
export function readyConfig(simulator: {
  readonly url: string;
  readonly repositories: readonly string[];
  readonly token: SecretReference;
}): string {
  const { url, repositories, token } = simulator;
  const byOwner = Map.groupBy(repositories, (repository) => ownerOf(repository).toLowerCase());
  const pools = [...byOwner.values()].flatMap(([first = "", ...others], index) => [
    `  - name: linux-x64${index === 0 ? "" : `-${index + 1}`}`,
    `    scope: ${stringify(others.length === 0 ? first : ownerOf(first)).trimEnd()}`,
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

function ownerOf(repository: string): string {
  return repository.split("/", 1)[0] ?? repository;
}

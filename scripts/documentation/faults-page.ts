import { faultKinds, platformFaults } from "../../src/simulator/index.ts";
import { generatedNote } from "./generated-note.ts";

type FaultKind = (typeof platformFaults)[number];

/** docs/reference/faults.md, from what the simulator can play. */
export function faultsPage(): string {
  const switches = [...faultKinds.values()].filter((kind) => !platformFaults.includes(kind));
  return `${generatedNote("src/simulator/faults")}
# Faults that the simulator plays

\`drover sim fault NAME --for 60s --set option=value\` starts one, \`drover sim fault list\` shows what is on, and
\`drover sim fault clear\` ends them all. Over HTTP: \`POST /_drover/faults\` with \`{"fault": "F12", "forMs": 60000, ...options}\`.

## GitHub's own, by number
${platformFaults.map(section).join("")}
## Finer switches, for tests
${switches.map(section).join("")}`;
}

function section({ name, title, options }: FaultKind): string {
  const rows = Object.entries(options).map(
    ([option, { meaning, type, default: fallback }]) =>
      `| \`${option}\` | ${type} | ${fallback === undefined ? "" : `\`${fallback}\``} | ${meaning.replaceAll("|", "\\|")} |`,
  );
  const table =
    rows.length === 0
      ? ""
      : `\n| option | value | default | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
  return `
### ${name}

${title}
${table}`;
}

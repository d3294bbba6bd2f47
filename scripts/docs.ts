import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { allCommands } from "../src/cli/registry.ts";
import { cliPage } from "./documentation/cli-page.ts";
import { configurationPage } from "./documentation/configuration-page.ts";
import { errorsPage } from "./documentation/errors-page.ts";
import { faultsPage } from "./documentation/faults-page.ts";
import { exampleFaults } from "./documentation/examples.ts";

// npm run docs            writes the generated pages
// npm run docs -- --check says which are stale, and which example, command or link in the documentation is wrong
const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const commands = await allCommands();
const pages: Readonly<Record<string, string>> = {
  "docs/reference/configuration.md": configurationPage(),
  "docs/reference/cli.md": cliPage(commands),
  "docs/reference/faults.md": faultsPage(),
  "docs/reference/errors.md": errorsPage(root),
};

const isCheck = process.argv.includes("--check");
const faults: string[] = [];
for (const [path, text] of Object.entries(pages)) {
  const file = join(root, path);
  if (read(file) === text) continue;
  if (isCheck) faults.push(`${path} is stale; run: npm run docs`);
  else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
if (isCheck) faults.push(...(await exampleFaults(root, commands)));
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

#!/usr/bin/env node
import { existsSync } from "node:fs";

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `drover needs Node.js 24 or newer; this is ${process.version}. ` +
      "In a checkout run `npm ci` first: it brings the right Node, and `npx drover` uses it.\n",
  );
  process.exit(1);
}
// A checkout runs its sources; the published package has only the compiled files.
const source = new URL("../src/cli/main.ts", import.meta.url);
await import(existsSync(source) ? source.href : new URL("../dist/cli/main.js", import.meta.url).href);

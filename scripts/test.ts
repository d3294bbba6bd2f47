import { parseArgs } from "node:util";
import { everydaySuites } from "./suites/everyday-suites.ts";
import { report } from "./suites/suite-result.ts";

// npm test [-- --grep NAME]
const { values } = parseArgs({ options: { grep: { type: "string" }, seeds: { type: "string", default: "50" } } });
const results = await everydaySuites({
  ...(values.grep === undefined ? {} : { grep: values.grep }),
  worldSeeds: Number(values.seeds),
});
const nothingMatched = values.grep !== undefined && results.every(({ passed, failed }) => passed + failed === 0);
if (nothingMatched) process.stdout.write(`No test has a title that matches ${values.grep}.\n`);
process.exitCode = report(results, undefined) || (nothingMatched ? 1 : 0);

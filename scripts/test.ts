import { parseArgs } from "node:util";
import { everydaySuites } from "./suites/everyday-suites.ts";
import { summary } from "./suites/suite-result.ts";

// npm test [-- --grep NAME]
const { values } = parseArgs({ options: { grep: { type: "string" }, seeds: { type: "string", default: "50" } } });
const results = await everydaySuites({
  ...(values.grep === undefined ? {} : { grep: values.grep }),
  worldSeeds: Number(values.seeds),
});
if (values.grep !== undefined && results.every(({ passed, failed }) => passed + failed === 0)) {
  process.stdout.write(`No test has a title that matches ${values.grep}.\n`);
}
const { text, exitCode } = summary(results, undefined);
process.stdout.write(text);
process.exitCode = exitCode;

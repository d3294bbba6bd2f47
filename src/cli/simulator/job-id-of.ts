import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io } from "../frame/io.ts";
import { visible } from "../terminal/text-width.ts";
import { fetchTruth, type TruthJob } from "./truth.ts";

/** So many jobs of one name are listed; the rest is counted. */
const listedMax = 10;

/**
 * The id of the job that was meant: by its id, by its number, or by its name when only one job has it.
 *
 * @throws {CliError} several jobs have the name (exit code 1); they are listed with their ids.
 */
export async function jobIdOf(text: string, url: string, io: Io): Promise<string> {
  if (/^\d+$/.test(text)) return text;
  const { jobs } = await fetchTruth(url, io);
  const named = jobs.filter((job) => job.name === text);
  const [only, ...others] = named;
  // What is no name may still be an id, and if it is none the simulator says so.
  if (only === undefined || jobs.some((job) => job.id === text)) return text;
  if (others.length === 0) return only.id;
  const more = named.length > listedMax ? `\n  and ${named.length - listedMax} older ones` : "";
  throw new CliError(`${named.length} jobs are called "${visible(text)}".`, {
    exitCode: exitCode.failed,
    remedy: `Name one by its id:\n${named.slice(-listedMax).reverse().map(line).join("\n")}${more}`,
  });
}

function line(job: TruthJob): string {
  return `  ${job.id}  run ${job.run ?? "-"}, attempt ${job.attempt}, ${job.conclusion ?? job.status}`;
}

import { z } from "zod";

const release = z
  .strictObject({
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+$/)
      .meta({
        description: "Version of GitHub's actions/runner to download.",
        expects: "a version in quotes or plain, like 2.330.0",
        examples: ["2.330.0"],
      }),
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .transform((sum) => sum.toLowerCase())
      .meta({
        description: "SHA-256 of the archive, from the release's notes; a download with another sum is refused.",
        expects: "64 hexadecimal digits",
      }),
    cacheDir: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "Where unpacked versions are kept; default: runner under stateDir.",
        examples: ["/var/cache/drover"],
      }),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({
        description: "The archive's URL where it is not GitHub's release page, for example a mirror.",
        expects: "an http or https URL",
        examples: ["https://mirror.example.com/actions-runner-linux-x64-2.330.0.tar.gz"],
      }),
  })
  .transform((value) => ({ kind: "release" as const, ...value }));

const directory = z
  .strictObject({
    dir: z
      .string()
      .min(1)
      .meta({ description: "Folder with an unpacked runner (run.sh in it).", examples: ["/opt/actions-runner"] }),
  })
  .transform(({ dir }) => ({ kind: "dir" as const, dir }));

const command = z
  .strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .max(100)
      .meta({
        description:
          "A program and its arguments; it gets the just-in-time configuration in ACTIONS_RUNNER_INPUT_JITCONFIG.",
        examples: [["/opt/my-runner/run"]],
      }),
  })
  .transform((value) => ({ kind: "command" as const, command: value.command }));

const minimal = z
  .strictObject({
    minimal: z.literal(true).meta({ description: "The simulator's minimal runner; works only against the simulator." }),
  })
  .transform(() => ({ kind: "minimal" as const }));

/** Which program runs the jobs. */
export const runnerSoftware = z.union([release, directory, command, minimal]).meta({
  description:
    "The program that runs the jobs; default: an unpacked runner in the folder actions-runner beside this file.",
  expects:
    "one of { version, sha256 } (download GitHub's runner), { dir } (unpacked already), { command } and { minimal: true } (simulator only)",
  examples: [{ dir: "/opt/actions-runner" }],
});

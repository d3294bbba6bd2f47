import { z } from "zod";
import { byteSize } from "./byte-size.ts";

const limits = z
  .strictObject({
    cpu: z
      .number()
      .min(0.1)
      .max(1024)
      .optional()
      .meta({ description: "Processors one runner may use.", examples: [2] }),
    memory: byteSize("Memory one runner may use.").optional(),
  })
  .transform(({ cpu, memory }) => ({
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memoryBytes: memory }),
  }));

const processProvider = z
  .strictObject({
    kind: z.literal("process").meta({ description: "Runners are processes of this machine." }),
    workRoot: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "Folder under which each runner gets a directory of its own; default: work under stateDir.",
        examples: ["/var/lib/drover/work"],
      }),
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,31}\$?$/)
      .optional()
      .meta({
        description:
          "User that the runners run as; needs Drover to run as root. Without it a job can read all that Drover can.",
        expects: "the name of a user of this machine",
        examples: ["runner"],
      }),
    limits: limits.prefault({}).meta({ description: "What one runner may use; needs Drover to run as root." }),
    allowPublicRepositories: z.boolean().prefault(false).meta({
      description:
        "Runs jobs of public repositories too, whose pull requests are strangers' code without any isolation.",
    }),
  })
  .meta({ description: "Local processes. They isolate nothing: a job can do what its user can do." });

/** One provider as users write it. */
export const provider = z.discriminatedUnion("kind", [processProvider]).meta({
  description: "Where instances live.",
  notYet: {
    docker: "the docker provider is not in this version; process is",
    kubernetes: "the kubernetes provider is not in this version; process is",
    azure: "the azure provider is not in this version; process is",
  },
});

export const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/)
  .meta({ expects: "a name of lower-case letters, digits and dashes" });

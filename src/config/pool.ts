import { z } from "zod";
import { duration } from "./duration.ts";
import { scope } from "./scope.ts";

const label = z
  .string()
  .regex(/^[^\s,"'](?:[^,"'\p{Cc}]{0,254}[^\s,"'])?$/u)
  .meta({ expects: "a label of 1 to 256 characters without commas and quotes" });

const count = (least: number, description: string, example: number) =>
  z
    .int()
    .min(least)
    .max(100_000)
    .meta({ description, examples: [example] });

const demandKind = z.enum(["scale-set"]).meta({
  description: "How Drover learns of queued jobs.",
  notYet: {
    webhook: "webhooks as a source of demand are not in this version; write scale-set",
    polling: "polling as a source of demand is not in this version; write scale-set",
  },
});

const size = z
  .strictObject({
    minIdle: z
      .int()
      .min(0)
      .max(100_000)
      .prefault(0)
      .meta({ description: "Runners kept idle on top of those that work; 0 scales to zero.", examples: [0] }),
    max: z
      .int()
      .min(0)
      .max(100_000)
      .prefault(4)
      .meta({
        description: "Bounds everything that exists and can cost money: booting, idle, busy and kept instances.",
        examples: [20],
      }),
    idleGrace: duration({ description: "How long a surplus idle runner is kept.", atLeast: "0s" }).prefault("5m"),
    schedule: z.array(z.never()).max(0).prefault([]).meta({
      description: "Sizes by the clock; not in this version.",
      notYet: "schedules are not in this version; leave the list empty",
    }),
  })
  .transform(({ idleGrace, schedule: _schedule, ...rest }) => ({ ...rest, idleGraceMs: idleGrace }));

const deadlines = z
  .strictObject({
    boot: duration({ description: "From launch to the first sign of life at GitHub.", atLeast: "1s" }).prefault("5m"),
    job: duration({
      description: "From the start of a job to its end; a job that is still running then is ended with its runner.",
      atLeast: "1s",
    }).prefault("6h"),
    drain: duration({
      description: "How long a stop with onStop: drain waits for running jobs; those left then keep running.",
      atLeast: "0s",
    }).prefault("15m"),
  })
  .transform(({ boot, job, drain }) => ({ bootMs: boot, jobMs: job, drainMs: drain }));

const retries = z.strictObject({
  attempts: count(
    1,
    "Consecutive failed launches after which the pool is reported as failing and tries one at a time.",
    5,
  ).prefault(5),
  perHour: count(1, "Failed launches that one hour may spend.", 20).prefault(20),
});

const placement = z.strictObject({
  provider: z
    .string()
    .min(1)
    .meta({ description: "A name under providers.", examples: ["host"] }),
  max: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .meta({ description: "The most of this pool's instances at this provider; default: size.max.", examples: [4] }),
});

/** One pool as users write it. */
export const pool = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,29}[a-z0-9])?$/)
    .meta({
      description: "Name of the pool and of its scale set; also its runs-on label unless labels are given.",
      expects: "a name of at most 31 lower-case letters, digits and dashes that starts with a letter",
      examples: ["linux-x64"],
    }),
  scope,
  credential: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: "A name under github.credentials; may be absent while there is only one.",
      examples: ["acme"],
    }),
  demand: z
    .union([demandKind, z.array(demandKind).min(1).max(3)])
    .prefault("scale-set")
    .transform((kinds) => (typeof kinds === "string" ? [kinds] : kinds))
    .meta({ description: "How Drover learns of queued jobs: one source or a list of them.", examples: ["scale-set"] }),
  labels: z
    .array(label)
    .min(1)
    .max(50)
    .optional()
    .meta({
      description: "What workflows write in runs-on; default: the pool's name.",
      examples: [["linux-x64", "self-hosted"]],
    }),
  runnerGroup: z
    .string()
    .min(1)
    .max(255)
    .prefault("Default")
    .meta({ description: "The runner group that the pool's scale set belongs to.", examples: ["Default"] }),
  size: size.prefault({}).meta({ description: "How many runners: min(max, minIdle + demand)." }),
  lifecycle: z
    .enum(["ephemeral"])
    .prefault("ephemeral")
    .meta({
      description: "ephemeral: each runner runs one job and is then gone.",
      notYet: {
        persistent: "persistent runners are not in this version; write ephemeral",
        count: "persistent runners are not in this version; write ephemeral",
      },
    }),
  deadlines: deadlines.prefault({}).meta({ description: "After how long something that hangs is ended." }),
  retries: retries.prefault({}).meta({ description: "The budget for failed launches." }),
  placement: z
    .array(placement)
    .min(1)
    .max(20)
    .optional()
    .meta({ description: "Providers in order of preference; default: the only provider, with no limit of its own." }),
  onStop: z.enum(["drain", "keep"]).prefault("drain").meta({
    description:
      "What a stopping Drover does with busy runners: drain waits for their jobs (up to deadlines.drain), keep leaves them running for the next start to adopt.",
  }),
});
export type PoolInput = z.output<typeof pool>;

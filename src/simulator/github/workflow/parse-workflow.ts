import { convertConcurrency } from "@actions/workflow-parser/model/converter/concurrency";
import { handleTemplateTokenErrors } from "@actions/workflow-parser/model/converter/handle-errors";
import { convertJob } from "@actions/workflow-parser/model/converter/job";
import type { Job, Step } from "@actions/workflow-parser/model/workflow-template";
import { readTriggers } from "./event-triggers.ts";
import { literalErrors } from "./literal-errors.ts";
import { errorsBeyondSyntax } from "./errors-beyond-syntax.ts";
import { LocalActionReader } from "./local-action.ts";
import { resolveNeeds } from "./needs.ts";
import type { PushedFile, PushedTree } from "./pushed-files.ts";
import { readTemplate, type TemplateFile } from "./read-template.ts";
import {
  BasicExpressionToken,
  literalText,
  mapping,
  type MappingToken,
  NullToken,
  property,
  scalar,
  SequenceToken,
} from "./tokens.ts";
import { noTrigger, triggerErrors } from "./trigger-errors.ts";
import { unsupportedJobKeys } from "./unsupported.ts";
import { errorAt, remedyFor, type WorkflowError } from "./workflow-error.ts";
import { mappingOrExpression, withoutWholeEnvironments } from "./whole-expressions.ts";
import type { JobDefinition, LocalAction, StepDefinition, Workflow } from "./workflow.ts";

/** The workflows of a push that can run, and what is wrong with the others. */
export interface ParsedWorkflows {
  readonly workflows: readonly Workflow[];
  readonly errors: readonly WorkflowError[];
}

/** Reads every workflow file of a push. A file with an error gives no workflow; the others are not affected. */
export function parseWorkflows(trees: readonly PushedTree[]): ParsedWorkflows {
  const workflows: Workflow[] = [];
  const errors: WorkflowError[] = [];
  for (const { workflows: pushed, files } of trees) {
    for (const file of pushed) {
      const parsed = parseWorkflow(file, files);
      if ("errors" in parsed) errors.push(...parsed.errors);
      else workflows.push(parsed);
    }
  }
  return { workflows, errors };
}

function parseWorkflow(
  pushed: PushedFile,
  files: ReadonlyMap<string, string>,
): Workflow | { readonly errors: readonly WorkflowError[] } {
  const file = readTemplate(pushed.path, pushed.text, "workflow");
  if (file.root instanceof NullToken) return { errors: [noTrigger(file.path, undefined)] };
  const root = mapping(file.root);
  if (root === undefined && file.errors().length === 0) {
    return { errors: [errorAt(file.path, file.root, "The file is no workflow", "Write `on:` and `jobs:`.")] };
  }
  if (root === undefined) return { errors: file.errors() };
  if (file.errors().length > 0) return { errors: errorsBeyondSyntax(file, root, new LocalActionReader(files)) };
  const on = property(root, "on");
  const triggers =
    on === undefined
      ? undefined
      : handleTemplateTokenErrors(root, file.context, undefined, () => readTriggers(file, on));
  const concurrency = property(root, "concurrency");
  if (concurrency !== undefined) {
    handleTemplateTokenErrors(root, file.context, {}, () => convertConcurrency(file.context, concurrency));
  }
  const { jobs, errors } = parseJobs(file, root, new LocalActionReader(files));
  const all = [
    ...file.errors(),
    ...(on === undefined ? [] : triggerErrors(file.path, on)),
    ...literalErrors(file.path, root),
    ...errors,
  ];
  if (triggers === undefined || all.length > 0) return { errors: all };
  return {
    path: file.path,
    name: literalText(property(root, "name")) || file.path,
    runName: property(root, "run-name"),
    triggers,
    env: mappingOrExpression(property(root, "env")),
    defaults: mapping(property(root, "defaults")),
    concurrency,
    permissions: property(root, "permissions"),
    jobs,
  };
}

interface ParsedJobs {
  readonly jobs: readonly JobDefinition[];
  readonly errors: readonly WorkflowError[];
}

function parseJobs(file: TemplateFile, root: MappingToken, actions: LocalActionReader): ParsedJobs {
  const jobsToken = mapping(property(root, "jobs"));
  const errors: WorkflowError[] = [];
  if (jobsToken?.count === 0) {
    const message = "The workflow must contain at least one job with no dependencies.";
    errors.push(errorAt(file.path, jobsToken, message, "Write a job with `runs-on` and `steps`."));
  }
  const read: { readonly token: MappingToken; readonly job: Job }[] = [];
  for (const { key, value } of jobsToken ?? []) {
    const token = mapping(value);
    if (token === undefined) continue;
    errors.push(...unsupportedJobKeys(file.path, token), ...literalErrors(file.path, token));
    const job = handleTemplateTokenErrors(value, file.context, undefined, () =>
      convertJob(file.context, key.assertString("job name"), withoutWholeEnvironments(token)),
    );
    if (job?.type === "job") read.push({ token, job });
  }
  if (jobsToken === undefined || file.errors().length > 0) return { jobs: [], errors };
  const needing = read.map(({ job }) => ({ id: job.id.value, needs: job.needs ?? [] }));
  const resolved = resolveNeeds(file.context, jobsToken, needing);
  const jobs = read.map(({ token, job }): JobDefinition => {
    const localActions: Record<string, LocalAction> = {};
    const steps = parseSteps(file, token, job, actions, localActions, errors);
    return {
      id: job.id.value,
      place: job.id,
      name: scalar(property(token, "name")),
      needs: resolved.get(job.id.value)?.needs ?? [],
      ancestors: resolved.get(job.id.value)?.ancestors ?? [],
      condition: job.if.expression,
      strategy: job.strategy,
      runsOn: job["runs-on"],
      timeoutMinutes: property(token, "timeout-minutes"),
      continueOnError: property(token, "continue-on-error"),
      concurrency: job.concurrency,
      environment: job.environment,
      env: mappingOrExpression(property(token, "env")),
      defaults: mapping(property(token, "defaults")),
      outputs: job.outputs,
      permissions: property(token, "permissions"),
      steps,
      localActions,
    };
  });
  return { jobs, errors: [...errors, ...actions.errors] };
}

function parseSteps(
  file: TemplateFile,
  jobToken: MappingToken,
  job: Job,
  actions: LocalActionReader,
  localActions: Record<string, LocalAction>,
  errors: WorkflowError[],
): readonly StepDefinition[] {
  const tokens = property(jobToken, "steps");
  if (!(tokens instanceof SequenceToken) || tokens.count === 0) {
    errors.push(
      errorAt(
        file.path,
        tokens ?? job.id,
        `No steps defined in \`steps\` and no workflow called in \`uses\` for the following jobs: ${job.id.value}`,
        "Give the job at least one step with `run:`.",
      ),
    );
    return [];
  }
  errors.push(...likeIds(file.path, tokens));
  return job.steps.flatMap((step, index): StepDefinition[] => {
    const token = mapping(tokens.get(index));
    const definition = token === undefined ? undefined : stepDefinition(step, token);
    const uses = property(token, "uses");
    if (uses !== undefined) actions.collect(file.path, uses, localActions);
    return definition === undefined ? [] : [definition];
  });
}

/** Ids are compared without regard to case; the parser sees only those that are spelled alike. */
function likeIds(file: string, steps: SequenceToken): readonly WorkflowError[] {
  const spellings = new Map<string, string>();
  return [...steps].flatMap((step) => {
    const token = property(step, "id");
    const id = literalText(token) ?? "";
    const earlier = spellings.get(id.toLowerCase());
    spellings.set(id.toLowerCase(), earlier ?? id);
    if (token === undefined || earlier === undefined || earlier === id) return [];
    const message = `The identifier '${id}' may not be used more than once within the same scope.`;
    return [errorAt(file, token, message, remedyFor(message))];
  });
}

function stepDefinition(step: Step, token: MappingToken): StepDefinition | undefined {
  const common = {
    id: step.id,
    name: scalar(property(token, "name")),
    condition: step.if ?? new BasicExpressionToken(undefined, undefined, "success()", undefined, undefined, undefined),
    env: mappingOrExpression(property(token, "env")),
    timeoutMinutes: property(token, "timeout-minutes"),
    continueOnError: property(token, "continue-on-error"),
  };
  if ("uses" in step) {
    const work = {
      kind: "local-action",
      path: step.uses.value,
      inputs: mappingOrExpression(property(token, "with")),
    } as const;
    return { ...common, work };
  }
  if (!("run" in step)) return undefined;
  return {
    ...common,
    work: {
      kind: "run",
      script: step.run,
      shell: scalar(property(token, "shell")),
      workingDirectory: scalar(property(token, "working-directory")),
    },
  };
}

import type { EventTriggers } from "./event-triggers.ts";
import type { BasicExpressionToken, MappingToken, ScalarToken, TemplateToken } from "./tokens.ts";
import type { MappingOrExpression } from "./whole-expressions.ts";

/** A workflow file that was read and accepted. Tokens keep their places, so that later errors name a line. */
export interface Workflow {
  /** Below the repository, with forward slashes. */
  readonly path: string;
  /** The `name:`; without one the path, as GitHub shows it. */
  readonly name: string;
  readonly runName: TemplateToken | undefined;
  readonly triggers: EventTriggers;
  readonly env: MappingOrExpression | undefined;
  readonly defaults: MappingToken | undefined;
  readonly concurrency: TemplateToken | undefined;
  readonly permissions: TemplateToken | undefined;
  /** In the order of the file. */
  readonly jobs: readonly JobDefinition[];
}

/** One entry of `jobs`. */
export interface JobDefinition {
  readonly id: string;
  /** Where the job stands in the file, for errors that have no better place. */
  readonly place: TemplateToken;
  /** The `name:`, or undefined without one. */
  readonly name: ScalarToken | undefined;
  /** Ids of the jobs named in `needs`, spelled as their definitions spell them, without repetition. */
  readonly needs: readonly string[];
  /** Ids of all jobs that must end before this one: `needs`, their `needs`, and so on. */
  readonly ancestors: readonly string[];
  /** The condition as an expression that always holds a status function. */
  readonly condition: string;
  readonly strategy: TemplateToken | undefined;
  readonly runsOn: TemplateToken | undefined;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly concurrency: TemplateToken | undefined;
  readonly environment: TemplateToken | undefined;
  readonly env: MappingOrExpression | undefined;
  readonly defaults: MappingToken | undefined;
  readonly outputs: MappingToken | undefined;
  readonly permissions: TemplateToken | undefined;
  readonly steps: readonly StepDefinition[];
  /** The local composite actions that its steps use, nested ones included, by the text of their `uses:`. */
  readonly localActions: LocalActions;
}

/** Files of a local action by their path below the action's folder. */
export interface LocalAction {
  readonly files: Readonly<Record<string, string>>;
}

export type LocalActions = Readonly<Record<string, LocalAction>>;

/** One step of a job. */
export interface StepDefinition {
  /** The `id:`, or a generated one that begins with two underscores. */
  readonly id: string;
  readonly name: ScalarToken | undefined;
  readonly condition: BasicExpressionToken;
  readonly env: MappingOrExpression | undefined;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly work:
    | {
        readonly kind: "run";
        readonly script: ScalarToken;
        readonly shell: ScalarToken | undefined;
        readonly workingDirectory: ScalarToken | undefined;
      }
    | { readonly kind: "local-action"; readonly path: string; readonly inputs: MappingOrExpression | undefined };
}

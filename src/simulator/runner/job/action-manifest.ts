import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { asObject, isObject } from "../wire/json-fields.ts";
import type { StepMessage, StepReference, Token } from "./job-message.ts";
import { conditionOf, tokenOfText } from "./text-token.ts";

interface ActionInput {
  readonly name: string;
  readonly fallback: Token;
  readonly deprecationMessage: string | undefined;
}

/** A composite action as its file describes it. */
export interface CompositeAction {
  readonly inputs: readonly ActionInput[];
  readonly outputs: readonly { readonly name: string; readonly value: Token }[];
  readonly steps: readonly StepMessage[];
}

const stepsMax = 1_000;

/**
 * Reads `action.yml` or `action.yaml` of a directory.
 *
 * @throws {Error} when there is none, or what it says is not a composite action this runner can run.
 */
export async function readCompositeAction(directory: string): Promise<CompositeAction> {
  const { path, content } = await readManifest(directory);
  // Loaded with the first action only.
  const { parse } = await import("yaml");
  const manifest = asObject(parse(content) as unknown);
  const runs = asObject(manifest["runs"]);
  if (runs["using"] !== "composite") {
    throw new Error(`${path}: this runner runs composite actions only, not "using: ${String(runs["using"])}".`);
  }
  const steps = runs["steps"];
  if (!Array.isArray(steps)) throw new Error(`${path}: Required property is missing: steps`);
  if (steps.length > stepsMax) throw new Error(`${path}: the action has more than ${stepsMax} steps.`);
  const ids = new Set<string>();
  return {
    inputs: Object.entries(asObject(manifest["inputs"])).map(([name, input]) => ({
      name,
      fallback: tokenOf(asObject(input)["default"]),
      deprecationMessage: optionalText(asObject(input)["deprecationMessage"]),
    })),
    outputs: Object.entries(asObject(manifest["outputs"])).map(([name, output]) => ({
      name,
      value: tokenOf(asObject(output)["value"]),
    })),
    steps: steps.map((step, index) => readStep(asObject(step), `${path}: step ${index + 1}`, ids)),
  };
}

async function readManifest(directory: string): Promise<{ path: string; content: string }> {
  for (const name of ["action.yml", "action.yaml"]) {
    const path = join(directory, name);
    try {
      return { path, content: await readFile(path, "utf8") };
    } catch {
      // The other name, then.
    }
  }
  throw new Error(
    `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${directory}'. Did you forget to run actions/checkout before running your local action?`,
  );
}

function readStep(step: Readonly<Record<string, unknown>>, place: string, ids: Set<string>): StepMessage {
  const id = optionalText(step["id"]);
  if (id !== undefined && ids.has(id.toLowerCase()))
    throw new Error(`${place}: The identifier '${id}' may not be used more than once within the same scope.`);
  if (id !== undefined) ids.add(id.toLowerCase());
  const name = id ?? uniqueName(step["run"] === undefined ? "__self" : "__run", ids);
  const { reference, inputs } = readWork(step, place);
  return {
    id: randomUUID(),
    name,
    contextName: name,
    displayName: tokenOf(step["name"]),
    condition: conditionOf(step["if"] === undefined || step["if"] === null ? "" : String(step["if"])),
    reference,
    inputs,
    environment: tokenOf(step["env"]),
    continueOnError: tokenOf(step["continue-on-error"]),
    timeoutInMinutes: undefined,
  };
}

function readWork(step: Readonly<Record<string, unknown>>, place: string): { reference: StepReference; inputs: Token } {
  if (step["run"] !== undefined) {
    if (step["shell"] === undefined) throw new Error(`${place}: Required property is missing: shell`);
    const inputs = {
      script: step["run"] ?? "",
      shell: step["shell"],
      workingDirectory: step["working-directory"] ?? "",
    };
    return { reference: { kind: "script" }, inputs: tokenOf(inputs) };
  }
  const uses = optionalText(step["uses"]);
  if (uses === undefined)
    throw new Error(
      `${place}: There's not enough info to determine what you meant. Add one of these properties: run, shell, uses`,
    );
  const local = uses.startsWith("./");
  return {
    reference: local ? { kind: "local-action", path: uses } : { kind: "unsupported", what: uses },
    inputs: tokenOf(step["with"]),
  };
}

function uniqueName(stem: string, taken: Set<string>): string {
  let name = stem;
  for (let number = 2; taken.has(name); number++) name = `${stem}_${number}`;
  taken.add(name);
  return name;
}

/** YAML as the tokens the service would have made of it. */
function tokenOf(value: unknown): Token {
  if (typeof value === "string") return tokenOfText(value);
  if (Array.isArray(value)) return { type: 1, seq: value.map(tokenOf) };
  if (!isObject(value)) return value;
  return {
    type: 2,
    map: Object.entries(value).map(([key, item]) => ({ Key: tokenOfText(key), Value: tokenOf(item) })),
  };
}

function optionalText(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

import type { Call } from "../github/api/call.ts";
import type { GitHubModel } from "../github/model/github-model.ts";
import { type FaultGround, type FaultOption, type FaultOptions, numberOf, textOf, weightOption } from "./fault.ts";

/** The options by which a switch is aimed at some calls. */
export const aimOptions: Readonly<Record<string, FaultOption>> = {
  route: {
    default: undefined,
    type: "text",
    meaning:
      "Name of the only route that is struck, such as session.create; a name with a dot at its end takes all that begin so.",
  },
  scaleSet: { default: undefined, type: "text", meaning: "Name of the only scale set that is struck." },
  count: { default: undefined, type: "number", meaning: "How many calls are struck; then the switch rests." },
  weight: weightOption,
};

/** Decides which calls a switch strikes. */
export function aimAt(ground: FaultGround, options: FaultOptions, onlyRoute?: string): (call: Call) => boolean {
  const route = onlyRoute ?? textOf(options, "route");
  const scaleSet = textOf(options, "scaleSet")?.toLowerCase();
  const weight = numberOf(options, "weight", 1);
  let left = numberOf(options, "count", Number.POSITIVE_INFINITY);
  return (call) => {
    if (left <= 0 || call.route.startsWith("control.")) return false;
    if (route !== undefined && call.route !== route && !(route.endsWith(".") && call.route.startsWith(route)))
      return false;
    if (scaleSet !== undefined && scaleSetNameOf(ground.model, call) !== scaleSet) return false;
    if (weight < 1 && ground.random.next() >= weight) return false;
    left -= 1;
    return true;
  };
}

/** The scale set that a call is about, by its path or by its queue token. */
function scaleSetNameOf(model: GitHubModel, call: Call): string | undefined {
  const id =
    call.params["id"] === undefined
      ? model.tokens.scaleSetIdOf(call.credential("Bearer") ?? "")
      : Number(call.params["id"]);
  for (const scaleSet of model.scaleSets.all()) if (scaleSet.id === id) return scaleSet.name.toLowerCase();
  return undefined;
}

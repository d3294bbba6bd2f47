import { NumberToken } from "@actions/workflow-parser/templates/tokens/index";
import { numberText } from "../../expression/number-text.ts";

/** A number of a file. Where the schema wants text it becomes GitHub's text of it: `1.10` is 1.1, `1e17` is 1E+17. */
export class YamlNumber extends NumberToken {
  override clone(omitSource?: boolean): YamlNumber {
    return omitSource === true
      ? new YamlNumber(undefined, undefined, this.value, this.definitionInfo)
      : new YamlNumber(this.file, this.range, this.value, this.definitionInfo);
  }

  override toString(): string {
    return numberText(this.value);
  }
}

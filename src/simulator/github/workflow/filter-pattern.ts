/**
 * Whether a name passes a list of GitHub's filter patterns: the last pattern that matches decides, and one that begins with
 * `!` decides against the name.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function passesPatterns(patterns: readonly string[], name: string): boolean {
  let passes = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith("!");
    if (patternExpression(negated ? pattern.slice(1) : pattern).test(name)) passes = !negated;
  }
  return passes;
}

const expressions = new Map<string, RegExp>();
const expressionsMax = 1_000;

/** `*` stops at a slash, `**` does not; `?` and `+` repeat the character before them; `[]` lists or ranges characters. */
function patternExpression(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known !== undefined) return known;
  let source = "";
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern.charAt(index);
    if (pattern.startsWith("**/", index) && (index === 0 || pattern.charAt(index - 1) === "/")) {
      source += "(?:.*/)?";
      index += 2;
    } else if (pattern.startsWith("**", index)) {
      source += ".*";
      index += 1;
    } else if (character === "*") {
      source += "[^/]*";
    } else if (character === "?" || character === "+") {
      source += source === "" ? `\\${character}` : character;
    } else if (character === "\\" && index + 1 < pattern.length) {
      index += 1;
      source += escaped(pattern.charAt(index));
    } else if (character === "[" && pattern.indexOf("]", index) > index) {
      const end = pattern.indexOf("]", index);
      source += `[${pattern.slice(index + 1, end).replaceAll(/[\\^]/gu, String.raw`\$&`)}]`;
      index = end;
    } else {
      source += escaped(character);
    }
  }
  const expression = compiled(source, pattern);
  if (expressions.size >= expressionsMax) expressions.clear();
  expressions.set(pattern, expression);
  return expression;
}

function compiled(source: string, pattern: string): RegExp {
  try {
    return new RegExp(`^${source}$`, "su");
  } catch {
    // Something like `a++`: GitHub knows no such pattern either; take it by the letter.
    return new RegExp(`^${[...pattern].map(escaped).join("")}$`, "su");
  }
}

function escaped(character: string): string {
  return character.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}

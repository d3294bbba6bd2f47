import { globSync, readFileSync } from "node:fs";
import ts from "typescript";
import { generatedNote } from "./generated-note.ts";

interface KnownError {
  readonly code: string;
  readonly name: string;
  readonly retryable: string;
  readonly meaning: string;
}

/** docs/reference/errors.md, from the error classes and API refusals in the sources. */
export function errorsPage(root: string): string {
  const classes: KnownError[] = [];
  const refusals: { code: string; status: string; message: string; remedy: string }[] = [];
  for (const path of globSync("src/**/*.ts", { cwd: root }).sort()) {
    if (path.endsWith(".test.ts") || path.startsWith("src/simulator/") || path.startsWith("src/world/")) continue;
    const file = ts.createSourceFile(path, readFileSync(`${root}/${path}`, "utf8"), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isClassDeclaration(node)) classes.push(...errorClass(node));
      if (ts.isNewExpression(node) && node.expression.getText() === "ApiError") refusals.push(...refusal(node));
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  const classRows = [...new Map(classes.map((each) => [each.code + each.name, each])).values()]
    .sort((one, other) => (one.code < other.code ? -1 : 1))
    .map(({ code, name, retryable, meaning }) => `| \`${code}\` | ${name} | ${retryable} | ${cell(meaning)} |`);
  const refusalRows = refusals
    .sort((one, other) => (one.code < other.code ? -1 : 1))
    .map(({ code, status, message, remedy }) => `| \`${code}\` | ${status} | ${cell(message)} | ${cell(remedy)} |`);
  return `${generatedNote("the error classes in src")}
# Errors

Every error that Drover raises on purpose has a code. Codes are stable: logs (\`err.code\`), the API and scripts may rely on them;
messages may change.

| code | class | tried again | meaning |
| --- | --- | --- | --- |
${classRows.join("\n")}

## Refusals of the API

The body is \`{"error": {"code", "message", "remedy"}}\`.

| code | status | message | what to do |
| --- | --- | --- | --- |
${refusalRows.join("\n")}
`;
}

function errorClass(node: ts.ClassDeclaration): KnownError[] {
  const member = (name: string): string | undefined => {
    const found = node.members.find((each) => ts.isPropertyDeclaration(each) && each.name.getText() === name);
    return found !== undefined && ts.isPropertyDeclaration(found) ? found.initializer?.getText() : undefined;
  };
  const code = /^"([A-Z][A-Z0-9_]+)"/.exec(member("code") ?? "")?.[1];
  if (code === undefined) return [];
  const retryable = member("retryable");
  return [
    {
      code,
      name: node.name?.text ?? "",
      retryable: retryable === "true" ? "yes" : retryable === "false" ? "no" : "depends",
      meaning: docOf(node),
    },
  ];
}

/** The first paragraph of the comment above. */
function docOf(node: ts.ClassDeclaration): string {
  const [doc] = ts.getJSDocCommentsAndTags(node);
  const text = doc === undefined ? "" : (ts.getTextOfJSDocComment(doc.comment) ?? "");
  return (text.split(/\n\s*\n/)[0] ?? "").replace(/\s+/g, " ");
}

function refusal(node: ts.NewExpression): { code: string; status: string; message: string; remedy: string }[] {
  const [status, code, message, remedy] = node.arguments ?? [];
  if (status === undefined || code === undefined || !ts.isStringLiteral(code)) return [];
  // A status that is only known when it happens is one that the HTTP library refused with.
  const shown = ts.isNumericLiteral(status) ? status.text : "another 4xx";
  return [{ code: code.text, status: shown, message: textOf(message), remedy: textOf(remedy) }];
}

function textOf(node: ts.Expression | undefined): string {
  if (node === undefined) return "";
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join("");
  }
  return "(says what)";
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

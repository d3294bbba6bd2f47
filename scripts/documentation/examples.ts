import { globSync, existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Command } from "../../src/cli/frame/command.ts";
import type { Io } from "../../src/cli/frame/io.ts";
import { runProgram } from "../../src/cli/frame/program.ts";
import { formatProblem, parseConfig } from "../../src/config/index.ts";
import picocolors from "picocolors";

/** One fenced block of a page. */
interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

/** What is wrong with the examples and links of the documentation, one line each. */
export async function exampleFaults(root: string, commands: readonly Command[]): Promise<string[]> {
  const pages = globSync(["*.md", "docs/**/*.md", "src/**/*.md", "test/**/*.md"], { cwd: root })
    .filter((page) => !page.includes("node_modules"))
    .sort();
  const faults: string[] = [];
  for (const page of pages) {
    const text = readFileSync(resolve(root, page), "utf8");
    faults.push(...linkFaults(root, page, text));
    for (const block of blocksOf(text)) {
      const found = await blockFaults(block, root, commands);
      faults.push(...found.map((fault) => `${page}:${block.line}: ${fault}`));
    }
  }
  return faults;
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: { language: string; lines: string[]; line: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1] ?? "", lines: [], line: index + 1 };
    else {
      blocks.push({ language: open.language, text: open.lines.join("\n"), line: open.line });
      open = undefined;
    }
  }
  return blocks;
}

async function blockFaults(block: Block, root: string, commands: readonly Command[]): Promise<string[]> {
  if (block.language === "yaml" && /^pools:/m.test(block.text)) {
    const result = parseConfig(block.text, "example");
    return "errors" in result ? result.errors.map(formatProblem) : [];
  }
  if (!["sh", "bash", "console"].includes(block.language)) return [];
  const faults: string[] = [];
  for (const line of block.text.split("\n")) faults.push(...(await lineFaults(line, root, commands)));
  return faults;
}

/** Whether each `drover` and `npm` command of a shell line exists and takes what it is given. */
export async function lineFaults(line: string, root: string, commands: readonly Command[]): Promise<string[]> {
  const faults: string[] = [];
  for (const words of commandsIn(line)) {
    const [program, ...rest] = words[0] === "npx" ? words.slice(1) : words;
    if (program === "drover") faults.push(...(await parseFaults(rest, commands)));
    if (program === "npm") faults.push(...scriptFaults(rest, root));
  }
  return faults;
}

/** Only what a word splitter can tell: quotes, comments, and the signs that end a command. */
function commandsIn(line: string): string[][] {
  const tokens = line.replace(/^\s*\$ /, "").match(/"[^"]*"|'[^']*'|&&|\|\||[|;&]|\d?[<>]+\S*|[^\s|;&<>]+/g) ?? [];
  const found: string[][] = [[]];
  for (const token of tokens) {
    if (token.startsWith("#")) break;
    if (/^(?:&&|\|\||[|;&])$/.test(token)) found.push([]);
    else if (/^\d?[<>]/.test(token)) found.at(-1)?.push("<redirection>");
    else found.at(-1)?.push(token.replace(/^(["'])(.*)\1$/, "$2"));
  }
  return found.map((words) => {
    const end = words.indexOf("<redirection>");
    const kept = end === -1 ? words : words.slice(0, end);
    // Assignments in front of a command.
    return kept.slice(
      Math.max(
        0,
        kept.findIndex((word) => !/^[A-Z_]+=/.test(word)),
      ),
    );
  });
}

async function parseFaults(argv: readonly string[], commands: readonly Command[]): Promise<string[]> {
  if (argv.length === 0) return [];
  const said: string[] = [];
  const io: Io = {
    out: () => undefined,
    err: (text) => said.push(text),
    colors: picocolors.createColors(false),
    interactive: false,
    width: () => 80,
    environment: {},
    folder: "/",
    signal: new AbortController().signal,
    onSignal: () => undefined,
    nowMs: () => 0,
    pause: () => Promise.resolve(),
  };
  const idle = commands.map((command) => ({ ...command, run: () => Promise.resolve(0) }));
  const code = await runProgram(idle, argv, io);
  return code === 0 ? [] : [`drover ${argv.join(" ")}: ${said[0] ?? "refused"}`];
}

function scriptFaults(words: readonly string[], root: string): string[] {
  const name = words[0] === "run" ? words.find((word, index) => index > 0 && !word.startsWith("-")) : undefined;
  if (name === undefined) return [];
  const { scripts } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  return Object.hasOwn(scripts, name) ? [] : [`npm run ${name}: package.json has no such script`];
}

function linkFaults(root: string, page: string, text: string): string[] {
  const faults: string[] = [];
  for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^(?:[a-z]+:|#)/.test(target)) continue;
    const path = resolve(root, dirname(page), target.replace(/#.*$/, ""));
    if (!existsSync(path)) faults.push(`${page}: the link to ${target} leads nowhere`);
  }
  return faults;
}

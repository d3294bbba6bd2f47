import { version } from "./version.ts";

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  process.stdout.write(`${version()}\n`);
} else {
  const [{ runProgram }, { processIo }, { endProcess }, { commandsFor }] = await Promise.all([
    import("./frame/program.ts"),
    import("./frame/process-io.ts"),
    import("./frame/end-process.ts"),
    import("./registry.ts"),
  ]);
  await endProcess(await runProgram(await commandsFor(argv), argv, processIo()));
}

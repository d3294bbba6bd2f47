import type { InstancePlace } from "./place.ts";
import { placeNumber } from "./place.ts";
import { quoted } from "./shell-quoting.ts";

/** Exit status of the keeper's own failures: nothing of the runner was started, the log says why. */
export const keeperFailed = 125;

export interface KeeperPlan {
  readonly place: InstancePlace;
  /** Files through which the keeper joins the instance's cgroups. */
  readonly cgroupProcs: readonly string[];
  /** Program and arguments. Never a secret: everybody can read an argument vector. */
  readonly command: readonly string[];
  /** What only the runner gets, on top of the keeper's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The official listener asks for restarts by its exit status. */
  readonly restarts: boolean;
  /** Shell lines that take the machine's other parts out of sight, and the command that drops root; see containment.ts. */
  readonly containment: { readonly lines: readonly string[]; readonly dropRoot: readonly string[] } | undefined;
}

/**
 * The keeper: a POSIX shell script that starts one runner, waits for it and writes down how it ended, so that Drover can be killed
 * and started again meanwhile and still learns it. It is written into the instance's directory with everything it needs to know,
 * except the credential: that comes through standard input, is read by the child that becomes the runner, and never is in the
 * keeper's own memory or environment. If Drover dies before it has handed all of it over, the runner is not started.
 *
 * The start is claimed by making `life` (noclobber is O_EXCL): whoever finds an instance whose start was cut short claims it too,
 * and a keeper that comes late starts nothing.
 */
export function keeperScript(plan: KeeperPlan): string {
  const { place, containment } = plan;
  return [
    "umask 077",
    "trap : HUP INT QUIT TERM",
    "set -C",
    `exec 4>${quoted(place.life)}`,
    "set +C",
    `fail() { echo "drover: $*" >&2; echo "exit ${keeperFailed}" >&4; exit ${keeperFailed}; }`,
    "exec 6</proc || fail 'cannot open /proc'",
    // /proc as it was at the start: its numbers are those that Drover sees, also when the runner's own /proc is another.
    "identify() {",
    "  read -r stat </proc/self/fd/6/self/stat || fail 'cannot read its own identity'",
    "  pid=${stat%% *}",
    "  set -- ${stat##*) }",
    '  echo "$NOTED $pid ${20}" >&4',
    "}",
    "NOTED=keeper; identify",
    ...plan.cgroupProcs.map((file) => `echo 0 >${quoted(file)} || fail ${quoted(`cannot join ${file}`)}`),
    `ulimit -w ${placeNumber(place.directory)} 2>/dev/null || ulimit -x ${placeNumber(place.directory)} 2>/dev/null`,
    ...(containment?.lines ?? []),
    "first=1 again=0",
    "exec 2>/dev/null",
    "while :; do",
    "  (",
    "    exec 2>&1",
    "    NOTED=runner; identify",
    '    if [ -n "$first" ]; then',
    "      IFS= read -r ACTIONS_RUNNER_INPUT_JITCONFIG || fail 'Drover ended before it had handed the credential over'",
    "      export ACTIONS_RUNNER_INPUT_JITCONFIG",
    "    fi",
    ...Object.entries(plan.environment).map(([name, value]) => `    export ${name}=${quoted(value)}`),
    `    cd ${quoted(place.runnerRoot)} || fail 'cannot enter its directory'`,
    "    umask 022",
    "    exec 0</dev/null 4>&- 6<&-",
    `    exec ${[...(containment?.dropRoot ?? []), ...plan.command].map(quoted).join(" ")}`,
    "  )",
    "  code=$?",
    "  first=",
    ...(plan.restarts ? restartLines(place) : []),
    "  break",
    "done",
    'echo "exit $code" >&4',
    "exit 0",
    "",
  ].join("\n");
}

/**
 * What run.sh does with the listener's exit status, without losing it: 2 asks for another try, 3 and 4 for another start when the
 * update script has replaced the files. The configuration lies in the runner's directory by then, so no credential is needed.
 *
 * @see actions/runner: src/Misc/layoutroot/run-helper.sh.template
 */
function restartLines(place: InstancePlace): readonly string[] {
  const finished = quoted(`${place.runnerRoot}/update.finished`);
  return [
    '  if [ "$again" -lt 5 ]; then',
    "    again=$((again + 1))",
    "    case $code in",
    "      2) sleep 5; continue ;;",
    "      3 | 4)",
    "        seconds=0",
    `        while [ ! -e ${finished} ] && [ "$seconds" -lt 30 ]; do sleep 1; seconds=$((seconds + 1)); done`,
    `        rm -f ${finished}`,
    "        continue ;;",
    "    esac",
    "  fi",
  ];
}

import { CliError } from "../frame/cli-error.ts";
import { exitCode } from "../frame/exit-code.ts";
import type { Io, LiveTerminal } from "../frame/io.ts";
import { span, type Line } from "../terminal/line.ts";
import { LiveScreen } from "../terminal/live-screen.ts";
import { wrapLine } from "../terminal/wrap-line.ts";
import { span as timeSpan } from "../time-text.ts";
import type { StatusSpace } from "./status-lines.ts";

/**
 * Draws a picture in place until Ctrl-C. A Drover that was seen and does not answer any more may be starting again, so its last picture
 * stays, with a note; one that never answered ends the watch.
 *
 * @param look asks anew; returns how to draw what it saw.
 */
export async function watchStatus(
  look: () => Promise<(space: StatusSpace) => readonly Line[]>,
  options: { readonly io: Io; readonly live: LiveTerminal; readonly everyMs: number },
): Promise<void> {
  const { io, live, everyMs } = options;
  let draw = await look();
  const screen = new LiveScreen(live.terminal, io.colors);
  const release = live.holdKeyboard();
  let lostAtMs: number | undefined;
  try {
    for (;;) {
      const space = { columns: screen.columns, rows: screen.rows };
      const note = lostAtMs === undefined ? [] : wrapLine(lostNote(io.nowMs() - lostAtMs), space.columns, 2);
      screen.draw([...draw({ ...space, rows: space.rows - note.length }), ...note]);
      await io.pause(everyMs);
      if (io.signal.aborted) return;
      try {
        draw = await look();
        lostAtMs = undefined;
      } catch (error) {
        if (io.signal.aborted) return;
        if (!(error instanceof CliError) || error.exitCode !== exitCode.unreachable) throw error;
        lostAtMs ??= io.nowMs();
      }
    }
  } finally {
    release();
    screen.close();
  }
}

function lostNote(forMs: number): Line {
  return [span("!", "bad"), span(` Drover has not answered for ${timeSpan(forMs)}; this is what it said last.`)];
}

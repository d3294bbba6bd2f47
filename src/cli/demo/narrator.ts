import type { Io } from "../frame/io.ts";
import { paintLine, type Line } from "../terminal/line.ts";
import { LiveScreen, type Terminal } from "../terminal/live-screen.ts";
import { visible } from "../terminal/text-width.ts";
import { durationText } from "../terminal/time-text.ts";
import { isOver, type JobState, type Picture, type PicturedJob } from "./picture.ts";
import { demoView } from "./view.ts";

/** How the demo is told: as a live picture on a terminal, as plain lines elsewhere. */
export interface Narrator {
  show(picture: Picture): void;
  /** The last picture and the lines below it. */
  end(picture: Picture | undefined, lines: readonly Line[]): void;
  /** Gives the terminal back when the story breaks off. */
  close(): void;
}

/** Redraws as often as it is asked to; a redraw that changes nothing writes nothing. */
export function liveNarrator(terminal: Terminal, io: Io): Narrator {
  const screen = new LiveScreen(terminal, io.colors);
  let isOpen = true;
  return {
    show(picture) {
      if (isOpen) screen.draw(demoView(picture, { columns: screen.columns, rows: screen.rows }));
    },
    end(picture, lines) {
      if (!isOpen) return;
      isOpen = false;
      const view = picture === undefined ? [] : demoView(picture, { columns: screen.columns, rows: Infinity });
      screen.finish([...view, [], ...lines, []]);
    },
    close() {
      if (isOpen) screen.close();
      isOpen = false;
    },
  };
}

/** One line for each thing that happened. `write` gets lines without their ends. */
export function plainNarrator(io: Pick<Io, "colors">, write: (line: string) => void): Narrator {
  const told = new Map<string, JobState>();
  let act = "";
  const at = (picture: Picture, ms: number | undefined) =>
    durationText((ms ?? picture.nowMs) - picture.beganAtMs).padStart(8);
  return {
    show(picture) {
      const news = picture.jobs.filter((job) => told.get(job.id) !== job.state);
      for (const { atMs, words } of news.flatMap((job) => happenings(job, told.get(job.id))).sort(byTime)) {
        write(`${at(picture, atMs)}  ${words}`);
      }
      for (const job of news) told.set(job.id, job.state);
      if (picture.act !== act) write(`${at(picture, undefined)}  ${picture.act}`);
      act = picture.act;
    },
    end(picture, lines) {
      if (picture !== undefined) this.show(picture);
      write("");
      for (const line of lines) write(paintLine(line, Infinity, io.colors).trimEnd());
    },
    close: () => undefined,
  };
}

interface Happening {
  readonly atMs: number;
  readonly words: string;
}

function byTime(a: Happening, b: Happening): number {
  return a.atMs - b.atMs;
}

/** A job that began and ended between two looks is told twice, as it happened. */
function happenings(job: PicturedJob, before: JobState | undefined): readonly Happening[] {
  const { queuedAtMs, startedAtMs, completedAtMs } = job;
  const label = visible(job.label);
  const found: Happening[] = [];
  if (startedAtMs !== undefined && before !== "running") {
    const waited = queuedAtMs === undefined ? "" : ` after ${durationText(startedAtMs - queuedAtMs)}`;
    found.push({ atMs: startedAtMs, words: `started    ${label}, on ${visible(job.runner ?? "a runner")}${waited}` });
  }
  if (isOver(job) && job.state !== "skipped") {
    const took = startedAtMs === undefined ? "" : ` in ${durationText((completedAtMs ?? startedAtMs) - startedAtMs)}`;
    found.push({ atMs: completedAtMs ?? startedAtMs ?? 0, words: `${job.state.padEnd(9)}  ${label}${took}` });
  }
  return found;
}

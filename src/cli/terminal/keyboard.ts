/** The parts of a terminal's input that are needed; process.stdin fits. */
export interface KeyboardInput {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  off(event: "data", listener: (chunk: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const ctrlC = 0x03;

/**
 * Takes the keyboard while a live picture is shown: keys write nothing into it, and Ctrl-C is heard as a key. As a signal the
 * terminal would echo it and throw away whatever of the picture was on its way. Does nothing where there is no terminal.
 *
 * @returns gives the keyboard back. Idempotent.
 */
export function holdKeyboard(input: KeyboardInput, onCtrlC: () => void): () => void {
  if (input.isTTY !== true || input.setRawMode === undefined) return () => undefined;
  const hear = (chunk: Buffer) => {
    if (chunk.includes(ctrlC)) onCtrlC();
  };
  input.setRawMode(true);
  input.on("data", hear);
  input.resume();
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    input.off("data", hear);
    input.setRawMode?.(false);
    input.pause();
  };
}

/** A turn of the real event loop costs more than many a step, and one turn drains microtasks between all immediates that it finds. */
const stepsInOneTurn = 32;

/**
 * Repeats `step` until it says false. Before each repetition the microtasks have run dry: all I/O of the world being virtual,
 * everything that follows from the step before has happened then. `step` is told how many immediates wait for its repetitions.
 */
export function stepByStep(step: (ownImmediates: number) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let planned = 0;
    const plan = (): void => {
      for (; planned < stepsInOneTurn; planned += 1) setImmediate(run);
    };
    const run = (): void => {
      planned -= 1;
      if (isOver) return;
      try {
        if (step(planned)) {
          if (planned === 0) plan();
          return;
        }
        resolve();
      } catch (error) {
        reject(error as Error);
      }
      isOver = true;
    };
    plan();
  });
}

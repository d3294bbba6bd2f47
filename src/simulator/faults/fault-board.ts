import type { FaultGround, FaultKind, FaultOptions, OptionValue } from "./fault.ts";
import { faultKinds, platformFaults, switches } from "./fault-kinds.ts";

/** A fault that is on. */
export interface ActiveFault {
  /** Names this one; `stop` takes it. */
  readonly handle: string;
  readonly fault: string;
  readonly title: string;
  readonly options: FaultOptions;
  /** RFC 3339. */
  readonly since: string;
  /** RFC 3339; null for one that lasts until it is stopped. */
  readonly until: string | null;
}

interface Running extends ActiveFault {
  readonly heal: () => void;
  readonly cancelEnd: () => void;
}

/** How many faults may be on at once: far more than any test needs. */
const activeMax = 256;

/** Switches faults on and off. One of a kind at a time: starting a kind again ends the one before. */
export class FaultBoard {
  readonly #ground: FaultGround;
  readonly #active = new Map<string, Running>();
  #startedCount = 0;

  constructor(ground: FaultGround) {
    this.#ground = ground;
  }

  /**
   * @param request `{fault: "F12", forMs?: 60000, ...options}`; without `forMs` it lasts until it is stopped.
   * @throws {RangeError} unknown fault, unknown option or wrong type; the message lists what there is.
   */
  start(request: Readonly<Record<string, unknown>>): ActiveFault {
    const { fault, forMs, ...given } = request;
    const kind = kindNamed(fault);
    const options = checked(kind, given);
    if (forMs !== undefined && !(typeof forMs === "number" && Number.isFinite(forMs) && forMs > 0)) {
      throw new RangeError(`forMs must be a positive number of milliseconds.`);
    }
    if (isStateful(kind)) this.stop(kind.name);
    if (this.#active.size >= activeMax) {
      throw new RangeError(`${activeMax} faults are on already. Stop some first.`);
    }
    const nowMs = this.#ground.model.nowMs();
    this.#startedCount += 1;
    const handle = `${kind.name}-${this.#startedCount}`;
    const heal = kind.start(this.#ground, options);
    const cancelEnd =
      forMs === undefined ? () => undefined : this.#ground.model.schedule(nowMs + forMs, () => this.stop(handle));
    const running: Running = {
      handle,
      fault: kind.name,
      title: kind.title,
      options,
      since: new Date(nowMs).toISOString(),
      until: forMs === undefined ? null : new Date(nowMs + forMs).toISOString(),
      heal: () => void heal(),
      cancelEnd,
    };
    this.#active.set(handle, running);
    return shown(running);
  }

  list(): readonly ActiveFault[] {
    return [...this.#active.values()].map(shown);
  }

  /** Ends one fault by its handle, those of a kind by its name, or all. @returns how many ended. */
  stop(name?: string): number {
    const wanted = name?.toLowerCase();
    let endedCount = 0;
    for (const running of [...this.#active.values()].reverse()) {
      if (wanted !== undefined && running.handle.toLowerCase() !== wanted && running.fault.toLowerCase() !== wanted)
        continue;
      this.#active.delete(running.handle);
      running.cancelEnd();
      running.heal();
      endedCount += 1;
    }
    return endedCount;
  }
}

function shown({ heal: _heal, cancelEnd: _cancelEnd, ...active }: Running): ActiveFault {
  return active;
}

/** Switches of answers may be stacked (two aims, two statuses); what turns a switch of the model may not. */
function isStateful(kind: FaultKind): boolean {
  return !("route" in kind.options);
}

function kindNamed(name: unknown): FaultKind {
  const kind = typeof name === "string" ? faultKinds.get(name.toLowerCase()) : undefined;
  if (kind !== undefined) return kind;
  const names = (kinds: readonly FaultKind[]) => kinds.map((each) => each.name).join(", ");
  throw new RangeError(
    `There is no fault ${JSON.stringify(name) ?? "without a name"}. Faults: ${names(platformFaults)}. Switches: ${names(switches)}.`,
  );
}

function checked(kind: FaultKind, given: Readonly<Record<string, unknown>>): FaultOptions {
  const options: Record<string, OptionValue | undefined> = {};
  for (const [name, option] of Object.entries(kind.options)) options[name] = option.default;
  for (const [name, value] of Object.entries(given)) {
    const option = kind.options[name];
    if (option === undefined) {
      const known = Object.keys(kind.options).join(", ") || "none";
      throw new RangeError(`Fault ${kind.name} has no option "${name}". Its options: ${known}.`);
    }
    const isRight =
      option.type === "number" ? typeof value === "number" && Number.isFinite(value) : typeof value === "string";
    if (!isRight)
      throw new RangeError(`Option "${name}" of fault ${kind.name} must be a ${option.type}: ${option.meaning}`);
    options[name] = value as OptionValue;
  }
  return options;
}

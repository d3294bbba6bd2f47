/** One entry of a pool's ordered placement, as it stands now. */
export interface Placement {
  readonly provider: string;
  readonly max: number;
  /** Until when the provider is left alone because it said that it has no room. */
  readonly fullUntilMs: number;
}

/** How many more instances each placement can take, in order. */
export function roomIn(
  placements: readonly Placement[],
  usedByProvider: ReadonlyMap<string, number>,
  nowMs: number,
): readonly { readonly provider: string; readonly room: number }[] {
  return placements.map(({ provider, max, fullUntilMs }) => ({
    provider,
    room: nowMs < fullUntilMs ? 0 : Math.max(0, max - (usedByProvider.get(provider) ?? 0)),
  }));
}

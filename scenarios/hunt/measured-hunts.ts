/** How soon `quorate hunt` found each defect when it was measured last. */
import measured from './measured-hunts.json' with { type: 'json' };

/** What `quorate hunt` found out about one defect, all trials together. */
export interface MeasuredHunt {
  readonly id: string;
  /** Of which build. */
  readonly build: string;
  /** Trials in which it was found, by whatever property. */
  readonly found: number;
  readonly trials: number;
  /** Null when more than half of the trials found nothing. */
  readonly medianSeeds: number | null;
  readonly medianCpuSeconds: number;
  /** Where its own property saw it. */
  readonly finds: readonly { readonly scenario: string; readonly seed: number }[];
}

const table: readonly MeasuredHunt[] = measured.hunts;

/** What was measured of a defect last, or undefined when nothing was yet. */
export function measuredHunt(id: string): MeasuredHunt | undefined {
  return table.find((hunt) => hunt.id === id);
}

/** How every property of a run stands at an event. */
import { formatTime, type PropertyKind } from '../../sim/index.ts';
import { tidyTimes } from './duration.ts';
import type { Model } from './model.ts';
import { lastChange } from './survey.ts';

/** `holds`: not broken so far. `later`: a goal, not asked for before the heal. `unseen`: a probe that was not hit yet. */
export type PropertyStatus = 'holds' | 'violated' | 'reached' | 'pending' | 'missed' | 'later' | 'hit' | 'unseen';

export interface PropertyRow {
  readonly id: string;
  readonly kind: PropertyKind;
  readonly title: string;
  readonly status: PropertyStatus;
  /** It is what the scenario is made for. */
  readonly isChallenged: boolean;
  /** What broke or is waited for; empty when there is nothing to say. */
  readonly message: string;
  /** The event that decided it, in the whole run; undefined when none did. */
  readonly event: number | undefined;
}

const ORDER: readonly PropertyStatus[] = ['violated', 'missed', 'pending', 'holds', 'later', 'reached', 'hit', 'unseen'];

/** All properties; those that need attention come first, and among equals the one that the scenario challenges. */
export function propertyRows(model: Model, event: number): readonly PropertyRow[] {
  const rows = model.survey.spec.properties.map(({ id, kind, title }) => ({
    id,
    kind,
    title,
    isChallenged: id === model.session.challenges,
    ...standing(model, id, kind, event),
  }));
  const place = ({ status, isChallenged }: PropertyRow): number => ORDER.indexOf(status) * 2 - Number(isChallenged);
  return rows.sort((a, b) => place(a) - place(b));
}

function standing(
  { survey }: Model,
  id: string,
  kind: PropertyKind,
  event: number,
): Pick<PropertyRow, 'status' | 'message' | 'event'> {
  const { end } = survey;
  const decided = end?.violation?.property === id ? end : null;
  if (decided !== null && event >= decided.last) {
    const message = decided.violation?.message ?? '';
    if (kind !== 'eventually') return { status: 'violated', message, event: decided.last };
    // Nothing happened at the end of the run: what it waits for last changed before.
    const since = tidyTimes(formatTime(survey.trace.timeOf(survey.stalledSince)));
    return { status: 'missed', message: `${message}; unchanged since ${since}`, event: survey.stalledSince };
  }
  if (kind === 'always') return { status: 'holds', message: '', event: decided?.last };
  if (kind === 'sometimes') {
    const hit = survey.hits.get(id);
    return { status: hit !== undefined && hit <= event ? 'hit' : 'unseen', message: '', event: hit };
  }
  const change = survey.healed > 0 && event >= survey.healed ? lastChange(survey.goals.get(id) ?? [], event) : undefined;
  if (change === undefined) return { status: 'later', message: '', event: undefined };
  return {
    status: change.is === null ? 'reached' : 'pending',
    message: change.is ?? '',
    event: Math.max(change.from, survey.healed),
  };
}

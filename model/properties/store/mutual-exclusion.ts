/**
 * Mutual exclusion: what a lock guards is used by one holder after the other, however long each believes that it holds the lock.
 */
import type { Boundary, Monitor, Observer, Process, Property, Report } from '../../../sim/index.ts';
import { COUNTER_PREFIX, readCounted } from '../../store/concurrency/critical-section.ts';
import { usedBoundary, type Use } from '../../store/concurrency/guarded-resource.ts';
import type { KeyValue } from '../../store/machine/requests.ts';
import { committedOrder } from './evidence.ts';
import type { OracleOf, StoreOracle } from './oracle.ts';
import type { StoreRules } from './reference-store.ts';

/**
 * Judged at what is guarded: a counter in the store, written in two steps, and a resource outside. Once a holder's effect was
 * taken, none of an earlier holder's is; and no count is lost between two holders. That two believe at once that they hold the
 * lock is no breach: a process that is paused beyond its lease cannot help it.
 */
export function mutualExclusion(oracleOf: OracleOf, rules: StoreRules): Property {
  return {
    id: 'store/mutual-exclusion',
    kind: 'always',
    title: 'the effects of two holders of a lock on what it guards do not interleave',
    monitor: (report, scene, keepEvidence) => new MutualExclusion(report, oracleOf(scene, keepEvidence), rules, keepEvidence),
  };
}

class MutualExclusion implements Monitor {
  readonly through: readonly Observer[];
  private readonly report: Report;
  private readonly oracle: StoreOracle;
  private readonly rules: StoreRules;
  /** By key, the counter as written last. */
  private readonly counters = new Map<string, KeyValue>();
  /** By lock, the latest use of the resource outside. */
  private readonly latest = new Map<string, Use>();
  private sequence = 0;
  private revision = 1;
  private readonly uses: Use[] | null;

  constructor(report: Report, oracle: StoreOracle, rules: StoreRules, keepEvidence: boolean) {
    this.report = report;
    this.oracle = oracle;
    this.rules = rules;
    this.through = [oracle];
    oracle.listen({ committed: () => this.committed() });
    this.uses = keepEvidence ? [] : null;
  }

  sees(what: Boundary): boolean {
    return what === (usedBoundary as Boundary);
  }

  crossed(_process: Process, what: Boundary, body: unknown): void {
    if (what === (usedBoundary as Boundary)) this.used(body as Use);
  }

  private committed(): void {
    const since = this.revision;
    const { events, revision } = this.oracle.reference;
    this.revision = revision;
    for (let at = events.length - 1; at >= 0; at--) {
      const { kv } = events[at]!;
      if (kv.modRevision <= since) return;
      if (!kv.key.startsWith(COUNTER_PREFIX)) continue;
      const wrong = wrongCount(this.counters.get(kv.key), kv);
      if (wrong !== null) this.report.violated(wrong);
      this.counters.set(kv.key, kv);
    }
  }

  private used(use: Use): void {
    if (use.sequence <= this.sequence) return;
    this.sequence = use.sequence;
    this.uses?.push(use);
    const before = this.latest.get(use.lock);
    this.latest.set(use.lock, use);
    if (before !== undefined && use.token < before.token) this.report.violated(interleaved(before, use));
  }

  fullCheck(): string | null {
    const { events } = committedOrder(this.oracle.evidence ?? [], this.rules);
    const counts = events.filter(({ kv }) => kv.key.startsWith(COUNTER_PREFIX));
    for (const [position, { kv }] of counts.entries()) {
      const wrong = wrongCount(counts.slice(0, position).findLast((earlier) => earlier.kv.key === kv.key)?.kv, kv);
      if (wrong !== null) return wrong;
    }
    const uses = this.uses ?? [];
    for (const [position, use] of uses.entries()) {
      const before = uses.slice(0, position).findLast(({ lock }) => lock === use.lock);
      if (before !== undefined && use.token < before.token) return interleaved(before, use);
    }
    return null;
  }
}

function wrongCount(before: KeyValue | undefined, after: KeyValue): string | null {
  const from = readCounted(before?.value);
  const to = readCounted(after.value);
  if (to.token < from.token)
    return `${after.key} is written under token ${to.token} at revision ${after.modRevision}, after it was under token ${from.token}`;
  return to.count === from.count + 1
    ? null
    : `${after.key} goes from ${from.count} to ${to.count} at revision ${after.modRevision}: what was counted in between is lost`;
}

function interleaved(before: Use, use: Use): string {
  return `what ${use.lock} guards is used by ${use.holder} under token ${use.token} after ${before.holder} used it under token ${before.token}`;
}

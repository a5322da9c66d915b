/** The four guarantees of etcd's watches: ordered and unique, without gap, atomic, and bookmarks that may be trusted. */
import { REGIONAL_STORE } from '../../api/stores.ts';
import type { Kind, Monitor, Property, Report, Scene } from '../../../sim/index.ts';
import { watchMethod, type WatchItem } from '../../store/member/methods.ts';
import { committedOrder } from './evidence.ts';
import type { OracleOf, StoreOracle } from './oracle.ts';
import { judgeFromScratch, WatchJudge, type Breach, type WatchClaim } from './watch-judge.ts';
import type { StoreRules } from './reference-store.ts';

const titles: Readonly<Record<WatchClaim, string>> = {
  ordered: 'a watch is sent committed changes only, in order of revision, each once',
  'no-gap': 'a watch is sent every change of its range from its first revision on, unless it is cancelled as compacted',
  atomic: 'the changes of one revision are sent together',
  bookmark: 'when a watch is told that it has seen everything up to a revision, it has been sent everything up to it',
};

/** Judged at the sending: what a broken connection swallows, its client knows to ask for again. */
export function watchProperties(oracleOf: OracleOf, rules: StoreRules): readonly Property[] {
  const judges = new WeakMap<StoreOracle, WatchJudge>();
  const judgeOf = (oracle: StoreOracle): WatchJudge => {
    let judge = judges.get(oracle);
    if (judge === undefined) {
      judge = new WatchJudge(oracle);
      judges.set(oracle, judge);
    }
    return judge;
  };
  /** Found once for all four, until there are more facts. */
  const found = new WeakMap<StoreOracle, { readonly facts: number; readonly breaches: readonly Breach[] }>();
  const breachesOf = (oracle: StoreOracle): readonly Breach[] => {
    const facts = oracle.evidence?.length ?? 0;
    const before = found.get(oracle);
    if (before?.facts === facts) return before.breaches;
    const breaches = findBreaches(oracle, rules);
    found.set(oracle, { facts, breaches });
    return breaches;
  };
  return (['ordered', 'atomic', 'no-gap', 'bookmark'] as const).map((claim) => ({
    id: `store/watch-${claim}`,
    kind: 'always',
    title: titles[claim],
    monitor: (report: Report, scene: Scene, keepEvidence: boolean) => {
      const oracle = oracleOf(scene, keepEvidence);
      return watchMonitor(claim, report, oracle, judgeOf(oracle), breachesOf);
    },
  }));
}

const itemKind = watchMethod.response as Kind;

function watchMonitor(
  claim: WatchClaim,
  report: Report,
  oracle: StoreOracle,
  judge: WatchJudge,
  breachesOf: (oracle: StoreOracle) => readonly Breach[],
): Monitor {
  const monitor: Monitor = {
    through: [oracle],
    fullCheck: () => breachesOf(oracle).find((breach) => breach.claim === claim)?.message ?? null,
  };
  if (judge.speakFor(claim, report)) {
    monitor.hears = (kind) => kind === itemKind;
    monitor.sent = (from, _to, kind, body) => {
      // A regional store speaks the same words of a history of its own.
      if (kind === itemKind && !from.name.startsWith(REGIONAL_STORE)) judge.sent((body as { readonly body: WatchItem }).body);
    };
  }
  return monitor;
}

/** Judges everything that was sent, from scratch. */
function findBreaches(oracle: StoreOracle, rules: StoreRules): readonly Breach[] {
  const evidence = oracle.evidence ?? [];
  const { steps, events } = committedOrder(evidence, rules);
  let known = 0;
  const items = evidence.flatMap((fact, position) => {
    while (known + 1 < steps.length && steps[known + 1]!.position < position) known++;
    const { revision, compactRevision } = steps[known]!;
    return fact.type === 'item' ? [{ item: fact.item, revision, compactRevision }] : [];
  });
  return judgeFromScratch(items, events);
}

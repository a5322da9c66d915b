/**
 * Guided by novelty: runs whose faults led to abstract states that no earlier run has seen become parents, and later seeds run
 * variations of their faults (as coverage-guided fuzzers do with inputs). What was learnt takes effect from one generation to the
 * next, so that a search is the same with any number of workers.
 */
import { createRun, losesData, ms, Streams, type Fault, type Stream } from '../../sim/index.ts';
import { runSpec } from '../run-spec.ts';
import { watchStates } from './abstract-state.ts';
import { random } from './random.ts';
import type { Candidate, Lesson, Strategy } from './strategy.ts';

const SAMPLE_EVERY_US = ms(200);
const PARENTS_MOST = 64;
/** Of the runs that could have a parent, this percentage is drawn afresh all the same. */
const FRESH_PERCENT = 40;

export const novelty: Strategy = {
  id: 'novelty',
  isDrawnFromSeed: false,
  learning: {
    generation: 16,
    watch: (run) => watchStates(run, SAMPLE_EVERY_US),
    keep: parentsAmong,
  },
  candidate(space, seed, learnt) {
    const { scenario, plan } = random.candidate(space, seed, []);
    const stream = new Streams(seed).stream('search/novelty');
    const parents = learnt.filter((lesson) => lesson.scenario === scenario.name);
    if (parents.length === 0 || stream.percent(FRESH_PERCENT)) return { scenario, plan };
    const parent = stream.pick(parents);
    // On the platform that led there: all but the faults stays as it was.
    const old = random.candidate({ ...space, scenarioOf: () => scenario }, parent.platform, []);
    return { scenario, plan: { ...old.plan, faults: vary(stream, parent.faults, foreign(plan.faults, old), old.plan.healAtUs) } };
  },
};

/** Those that saw something for the first time; the newest when there are too many. */
function parentsAmong(lessons: readonly Lesson[]): readonly Lesson[] {
  const known = new Set<number>();
  const parents = lessons.filter(({ seen }) => {
    const before = known.size;
    for (const state of seen) known.add(state);
    return known.size > before;
  });
  return parents.slice(-PARENTS_MOST);
}

/** Faults moved, left out, made longer or shorter, and some of another plan's put in. */
function vary(stream: Stream, faults: readonly Fault[], others: readonly Fault[], healAtUs: number): readonly Fault[] {
  const varied = faults.flatMap((fault): readonly Fault[] => {
    const sort = stream.below(100);
    const at = Math.max(1, Math.min(healAtUs - 1, fault.at + stream.between(-ms(800), ms(800))));
    const percent = stream.between(40, 250);
    if (sort < 15) return [];
    // The store's group bears one loss of data, and none while members come and go: the plan that the loss is
    // from has chosen its time accordingly.
    if (sort < 45) return [losesData(fault) ? fault : { ...fault, at }];
    if (sort < 60 && 'for' in fault && fault.for !== undefined)
      return [{ ...fault, for: Math.max(1, Math.floor((fault.for * percent) / 100)) }];
    return [fault];
  });
  const more = others.filter(() => stream.percent(20));
  return [...varied, ...more].filter(({ at }) => at < healAtUs).sort((a, b) => a.at - b.at);
}

/** Those of another platform's faults that can strike this one, and let it recover whatever faults it has already. */
function foreign(faults: readonly Fault[], { scenario, plan }: Candidate): readonly Fault[] {
  const names = createRun(runSpec(scenario, { ...plan, faults: [] })).processes.map(({ name }) => name);
  const canName = (word: string): boolean =>
    word.startsWith('role:') ||
    word.startsWith('region:') ||
    names.some((name) => (word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : name === word));
  return faults.filter((fault) => {
    if (losesData(fault) || fault.do === 'fail-reads' || fault.do === 'lose-region') return false;
    const targets = 'target' in fault ? [fault.target] : [fault.from, fault.to];
    return targets.every((target) => target.split(',').every((word) => canName(word.trim())));
  });
}

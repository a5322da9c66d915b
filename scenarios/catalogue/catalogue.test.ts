import { describe, expect, test } from 'vitest';
import { createRun, type Observer, type Property, type Run } from '../../sim/index.ts';
import type { Scenario } from '../define-scenario.ts';
import { plan, runSpec } from '../run-spec.ts';
import { catalogue } from './index.ts';

interface Options {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly keepEvidence?: boolean;
  readonly choose?: (properties: readonly Property[]) => readonly Property[];
}

function make({ scenario, seed, keepEvidence = false, choose = (all) => all }: Options): Run {
  const spec = runSpec(scenario, plan({ scenario, seed }));
  return createRun({ ...spec, properties: choose(spec.properties), keepEvidence });
}

function find(name: string): Scenario {
  const scenario = catalogue.find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}

/** What went wrong, or `ok`. */
function outcome(run: Run): string {
  const verdict = run.advance();
  const { violation, failure } = run;
  return verdict === 'ok'
    ? 'ok'
    : `${verdict}: ${violation?.property ?? failure?.process}: ${violation?.message ?? failure?.message}`;
}

describe('the healthy platform passes, step by step and from scratch', () => {
  test.each(catalogue)('$name', (scenario) => {
    const run = make({ scenario, seed: 1, keepEvidence: true });
    expect(outcome(run)).toBe('ok');
    for (const { property, broken } of run.fullChecks()) expect(`${property}: ${broken}`).toBe(`${property}: null`);
  });
});

describe('a run of the platform', () => {
  test('has the same digest with all observers off', () => {
    const scenario = find('restart-leaders');
    const watched = make({ scenario, seed: 5 });
    watched.advance(6_000);
    const unwatched = make({ scenario, seed: 5, choose: () => [] });
    unwatched.advance(6_000);
    expect(unwatched.digest).toBe(watched.digest);
  });

  test('is the same when made a second time, and another with another seed', () => {
    const [first, again, other] = [7, 7, 8].map((seed) => {
      const run = make({ scenario: find('pause-the-leader'), seed });
      run.advance();
      return `${run.digest} ${run.step}`;
    });
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('never changes a message after it was sent, or what it wrote to disk', () => {
    const freezer: Observer = {
      sent: (_from, _to, _kind, body) => freeze(body),
      durable: (_process, _file, _first, records) => freeze(records),
    };
    for (const name of ['restart-leaders', 'region-loss', 'compaction-gap']) {
      const scenario = find(name);
      const frozen = make({ scenario, seed: 6 });
      frozen.observe(freezer);
      expect(outcome(frozen)).toBe('ok');
      const free = make({ scenario, seed: 6 });
      free.advance();
      expect(frozen.digest).toBe(free.digest);
    }
  });
});

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

import { describe, expect, test } from 'vitest';
import { createRun, type Run } from '../sim/index.ts';
import { catalogue } from './catalogue/index.ts';
import { runSpec } from './run-spec.ts';
import { drawScenario, swarmPlan } from './swarm/swarm-plan.ts';

const platforms = catalogue.filter(({ build }) => build === undefined);

/** What a swarm makes of a seed, with leaders elected in the store. */
function elected(seed: number): Run {
  const scenario = drawScenario(seed, platforms);
  return createRun(runSpec(scenario, swarmPlan({ scenario, seed, design: { electorRecipe: 'election' }, defects: [] })));
}

describe('a platform whose leaders are elected in the store keeps every property under drawn faults', () => {
  test('12 seeds, among them leaders that pass their role on', () => {
    const hits = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const run = elected(seed);
      run.advance();
      expect(`${seed}: ${run.verdict} ${run.violation?.message ?? run.failure?.message ?? ''}`).toBe(`${seed}: ok `);
      for (const hit of run.hits) hits.add(hit);
    }
    expect(hits).toContain('platform/lease-takeover');
  });
});

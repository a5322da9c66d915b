import { describe, expect, test } from 'vitest';
import { ms, type Fault } from '../../sim/index.ts';
import type { Inputs } from '../recording.ts';
import { gossipInputs } from '../testing/gossip.ts';
import { shrink, type ShrinkOptions } from './shrink.ts';
import type { Failed } from './trials.ts';

/** Shrinks with a rule in place of runs. */
function shrunk(
  inputs: Inputs,
  fails: (inputs: Inputs) => Failed | null,
  options: ShrinkOptions = {},
): { readonly inputs: Inputs; readonly tried: readonly string[] } {
  const trials = shrink(inputs, fails(inputs) as Failed, options);
  const tried: string[] = [];
  let next = trials.next();
  while (next.done !== true) {
    tried.push(JSON.stringify(next.value));
    next = trials.next(fails(next.value));
  }
  return { inputs: next.value, tried };
}

const pauseA: Fault = { at: ms(10), do: 'pause', target: 'a', for: ms(800) };
const failed: Failed = { timeUs: ms(700), events: 99 };
const inputs = (faults: readonly Fault[], workload: readonly object[] = []): Inputs => ({ ...gossipInputs(), faults, workload });

describe('shrinking', () => {
  test('leaves the faults and operations without which nothing fails', () => {
    const others: Fault[] = Array.from({ length: 12 }, (_, at): Fault => ({ at: ms(20 + at), do: 'reset', target: 'b' }));
    const workload = Array.from({ length: 30 }, (_, at) => ({ at, client: 'c' }));
    const fails = (tried: Inputs): Failed | null =>
      tried.faults.some((fault) => fault.do === 'pause') && tried.workload.some((intent) => (intent as { at: number }).at === 17)
        ? failed
        : null;
    const result = shrunk(inputs([...others, pauseA, ...others], workload), fails).inputs;
    expect(result.faults).toMatchObject([{ do: 'pause', target: 'a' }]);
    expect(result.workload).toEqual([{ at: 17, client: 'c' }]);
  });

  test('ends a run soon after the failure, and the heal no later than the end', () => {
    const late = { ...inputs([pauseA]), healAtUs: ms(50_000), endUs: ms(60_000) };
    const result = shrunk(late, () => failed).inputs;
    expect(result.endUs).toBe(ms(2_200));
    expect(result.healAtUs).toBeLessThan(result.endUs);
  });

  test('shortens a fault to what is needed, to a factor of two', () => {
    const lasting = (fault: Fault | undefined): number => (fault !== undefined && 'for' in fault ? (fault.for ?? 0) : 0);
    const result = shrunk(inputs([pauseA]), ({ faults }) => (lasting(faults[0]) >= ms(90) ? failed : null)).inputs;
    expect(lasting(result.faults[0])).toBe(ms(100));
  });

  test.each<[Fault, Fault]>([
    [
      { at: 0, do: 'lose', from: 'a', to: 'b', percent: 80, for: ms(1) },
      { at: 0, do: 'lose', from: 'a', to: 'b', percent: 10, for: ms(1) },
    ],
    [
      { at: 0, do: 'slow', target: 'a', factor: 40, for: ms(1) },
      { at: 0, do: 'slow', target: 'a', factor: 10, for: ms(1) },
    ],
    [
      { at: 0, do: 'step-clock', target: 'a', byUs: ms(-800) },
      { at: 0, do: 'step-clock', target: 'a', byUs: ms(-12) },
    ],
    [
      { at: 0, do: 'drift-clock', target: 'a', ppm: 40_000, for: ms(1) },
      { at: 0, do: 'drift-clock', target: 'a', ppm: 10_000, for: ms(1) },
    ],
  ])('softens %j as far as it still fails', (strong, soft) => {
    const strength = (fault: Fault | undefined): number =>
      Math.abs(Number(Object.entries(fault ?? {}).find(([key]) => ['percent', 'factor', 'byUs', 'ppm'].includes(key))?.[1] ?? 0));
    const least = strength(soft);
    expect(shrunk(inputs([strong]), ({ faults }) => (strength(faults[0]) >= least ? failed : null)).inputs.faults).toEqual([
      soft,
    ]);
  });

  test('makes one fault of two that differ in their times alone', () => {
    const faults: Fault[] = [
      { at: ms(10), do: 'pause', target: 'a', for: ms(20) },
      { at: ms(15), do: 'reset', target: 'b' },
      { at: ms(60), do: 'pause', target: 'a', for: ms(20) },
    ];
    // It takes a reset while a is paused at 20 and at 70 ms.
    const paused = (tried: Inputs, at: number): boolean =>
      tried.faults.some((fault) => fault.do === 'pause' && fault.at <= at && fault.at + (fault.for ?? 0) > at);
    const fails = (tried: Inputs): Failed | null =>
      tried.faults.some((fault) => fault.do === 'reset') && paused(tried, ms(20)) && paused(tried, ms(70)) ? failed : null;
    expect(shrunk(inputs(faults), fails).inputs.faults).toEqual([
      { at: ms(10), do: 'pause', target: 'a', for: ms(70) },
      { at: ms(15), do: 'reset', target: 'b' },
    ]);
  });

  test('takes a simpler system, and tries no change twice in a round', () => {
    const simpler = (tried: Inputs): readonly Inputs[] => {
      const { size } = tried.design as { readonly size: number };
      return [size - 1, 1].filter((next) => next >= 1 && next < size).map((next) => ({ ...tried, design: { size: next } }));
    };
    const big = { ...inputs([pauseA]), design: { size: 9 } };
    const { inputs: result, tried } = shrunk(
      big,
      (candidate) => ((candidate.design as { size: number }).size >= 4 ? failed : null),
      { simpler },
    );
    expect(result.design).toEqual({ size: 4 });
    expect(tried.filter((text) => text.includes('"size":1}')).length).toBeLessThan(3);
  });

  test('is a function of the answers', () => {
    const many = inputs(Array.from({ length: 9 }, (_, at): Fault => ({ ...pauseA, at: ms(at) })));
    const fails = ({ faults }: Inputs): Failed | null => (faults.length % 3 === 0 ? failed : null);
    expect(shrunk(many, fails).tried).toEqual(shrunk(many, fails).tried);
  });
});

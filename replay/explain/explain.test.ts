import { describe, expect, test } from 'vitest';
import { explainAtOnce, leaseInputs, leaseSpec, needless, pause } from '../testing/lease.ts';
import type { Explanation } from './explanation.ts';

function explained(budget?: number): Explanation {
  const explanation = explainAtOnce(leaseInputs(), leaseSpec, budget === undefined ? {} : { budget });
  expect(explanation).not.toBeNull();
  return explanation as Explanation;
}

const texts = ({ story }: Explanation): readonly string[] => story.map(({ text }) => text);

describe('an explanation', () => {
  const whole = explained();

  test('names the fault without which it does not fail, and whom it struck', () => {
    expect(whole.violation).toMatchObject({
      property: 'test/fenced',
      message: expect.stringMatching(/^store took k\d+ under token 1 after token 2$/) as string,
    });
    expect(whole.essential.faults).toMatchObject([{ index: 0, fault: pause, struck: ['leader-a'], part: 'needed' }]);
    expect(whole.faults.map(({ part }) => part)).toEqual(['needed', ...needless.map(() => 'nothing')]);
    expect(whole.operations).toMatchObject([{ part: 'nothing', text: 'nobody: read k1' }]);
    expect(whole.complete).toBe(true);
  });

  test('names the message without which it does not fail', () => {
    const messages = whole.essential.messages.map(({ from, to, text }) => `${from} > ${to}: ${text}`);
    expect(messages.at(-1)).toMatch(/^leader-a > store: write k\d+ under token 1$/);
    expect(messages.join('\n')).not.toContain('chatter');
  });

  test('tells in order what happened, and ends with the violation', () => {
    const { story } = whole;
    expect(story.map(({ step }) => step)).toEqual(story.map(({ step }) => step).toSorted((a, b) => a - b));
    expect(story.at(-1)).toMatchObject({ type: 'violation', essential: true });
    const lines = texts(whole);
    const at = (part: string): number => lines.findIndex((line) => line.includes(part));
    expect(at('leader-a holds token 1')).toBeGreaterThanOrEqual(0);
    expect(at('fault: pause leader-a')).toBeGreaterThan(at('leader-a holds token 1'));
    expect(at('leader-b holds token 2')).toBeGreaterThan(at('fault: pause leader-a'));
    expect(at('over: pause leader-a')).toBeGreaterThan(at('leader-b holds token 2'));
    expect(at('store: has ')).toBeGreaterThan(0);
  });

  test('says who did not know what', () => {
    const over = whole.story.find(({ text }) => text.startsWith('over: pause'));
    expect(over?.notes).toEqual([
      expect.stringMatching(/^leader-a holds token 1, and leader-b has held token 2 since 0\.\d+ s$/),
    ]);
  });

  test('says nothing of what went on beside it, and nothing of what was switched on', () => {
    const text = JSON.stringify(whole.story);
    expect(text).not.toContain('talker');
    expect(JSON.stringify(whole)).not.toContain('forgets-tokens');
  });

  test('is the same every time', () => {
    expect(explained()).toEqual(whole);
  });

  test('of a run that does not fail is none', () => {
    expect(explainAtOnce(leaseInputs([]), leaseSpec)).toBeNull();
  });
});

describe('a budget', () => {
  test('of no runs tells what happened, and judges nothing', () => {
    const told = explained(0);
    expect(told).toMatchObject({ runs: 0, complete: false, essential: { faults: [], operations: [], messages: [] } });
    expect(texts(told).some((text) => text.includes('under token 1'))).toBe(true);
  });

  test('that does not suffice is not overdrawn, and what was not tried is said', () => {
    const told = explained(4);
    expect(told.runs).toBeLessThanOrEqual(4);
    expect(told.complete).toBe(false);
    expect([...told.faults, ...told.operations].some(({ part }) => part === 'untried')).toBe(true);
  });
});

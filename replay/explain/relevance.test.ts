import { describe, expect, test } from 'vitest';
import {
  boundary,
  createRun,
  kind,
  ms,
  seconds,
  threeRegions,
  type Fault,
  type Os,
  type Program,
  type Property,
  type Violation,
} from '../../sim/index.ts';
import { Chronicle } from './chronicle.ts';
import { relevantTo, type Relevant } from './relevance.ts';

const said = kind<string>('shop/said', { describe: (words) => words });
const tick = kind<null>('test/tick', { describe: () => 'a while has passed' });
const delivered = boundary<string>('shop/delivered', (order) => `delivers ${order}`);

const REMINDERS = 40;
const cut: Fault = { at: ms(605), do: 'isolate', target: 'buyer', for: ms(10) };

/** Reminds of one order in the same words, tells how often by a number, and pays once, while it is cut off. */
function buyer(os: Os): Program {
  let reminders = 0;
  const remind = (): void => {
    os.send('shop', said, 'when does order-7 come');
    os.send('shop', said, `reminder ${++reminders} of order-7`);
    os.send('shop', said, 'fine weather');
    if (reminders < REMINDERS) os.after(ms(20), tick, remind);
  };
  return {
    start() {
      remind();
      os.after(ms(610), tick, () => os.send('shop', said, 'payment for order-7'));
    },
    receive: () => undefined,
  };
}

/** Delivers in the end, paid or not. */
function shop(os: Os): Program {
  return { start: () => os.after(seconds(1), tick, () => os.cross(delivered, 'order-7')), receive: () => undefined };
}

const paid: Property = {
  id: 'test/paid',
  kind: 'always',
  title: 'nothing is delivered that is not paid for',
  monitor: (report) => ({
    sees: (crossed) => crossed === (delivered as unknown),
    crossed: (_process, _boundary, order) => report.violated(`${String(order)} was delivered unpaid`),
  }),
};

function relevantUnder(faults: readonly Fault[]): Relevant {
  const topology = threeRegions();
  const run = createRun({
    seed: 1,
    topology,
    faults,
    healAtUs: seconds(2),
    endUs: seconds(2),
    properties: [paid],
    build(world) {
      world.process({ name: 'buyer', region: topology.regions[0] as string, boot: buyer });
      world.process({ name: 'shop', region: topology.regions[0] as string, boot: shop });
    },
  });
  const chronicle = new Chronicle(run);
  run.advance();
  return relevantTo(run.violation as Violation, chronicle);
}

describe('what may have to do with a failure', () => {
  const relevant = relevantUnder([cut]);
  const words = relevant.others.map((message) => message.words);

  test('is also what was sent and not taken in', () => {
    expect(relevant.sent.map(({ from, to, kind: { name } }) => [from, to, name])).toContainEqual(['buyer', 'shop', 'shop/said']);
    expect(relevant.sent.map(({ body }) => body)).toContain('payment for order-7');
  });

  test('is not what was sent and taken in', () => {
    expect(relevantUnder([]).sent).toEqual([]);
    expect(relevantUnder([]).others.map((message) => message.words)).toContain('payment for order-7');
  });

  test('is told once or twice when it was said forty times in the same words, the first time and the last', () => {
    const told = relevant.others.filter((message) => message.words === 'when does order-7 come').map(({ step }) => step);
    expect(told.length).toBeLessThanOrEqual(4);
    expect(Math.min(...told)).toBeLessThan(10);
  });

  test('is told a few times when it differs in numbers alone', () => {
    expect(words.filter((text) => text.startsWith('reminder')).length).toBeLessThanOrEqual(7);
    expect(words).toContain('reminder 1 of order-7');
    expect(words).toContain(`reminder ${REMINDERS} of order-7`);
  });

  test('is nothing that does not speak of it', () => {
    expect(words).not.toContain('fine weather');
  });
});

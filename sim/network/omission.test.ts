import { describe, expect, test } from 'vitest';
import { EventType, kind, ms, type Omission, type Os, type Program } from '../index.ts';
import { tinyRun } from '../testing/tiny-world.ts';

const count = kind<number>('test/count');
const tick = kind<null>('test/tick');

const SENT = 6;

/** Sends 0, 1, … as datagrams, some milliseconds apart. */
const counting = (os: Os): Partial<Program> => ({
  start() {
    const next = (n: number): void => {
      os.send('b', count, n);
      if (n + 1 < SENT) os.after(ms(5), tick, () => next(n + 1));
    };
    next(0);
  },
});

interface Heard {
  readonly numbers: number[];
  readonly luck: Map<number, number>;
  readonly lost: number[];
}

function datagrams(omitted: readonly Omission[] = []): Heard {
  const heard: Heard = { numbers: [], luck: new Map(), lost: [] };
  const run = tinyRun({
    programs: { a: counting, b: () => ({ receive: (_from, _kind, body) => void heard.numbers.push(body as number) }) },
    omitted,
  });
  run.observe({
    stepped({ type, body, luck }, outcome) {
      if (type !== EventType.datagram) return;
      heard.luck.set(body as number, luck);
      if (outcome === 'lost') heard.lost.push(body as number);
    },
  });
  run.advance();
  return heard;
}

describe('a message that is omitted', () => {
  test('is lost, and the others arrive as they did', () => {
    const all = datagrams();
    const of = (n: number): Omission => ({ from: 'a', to: 'b', luck: all.luck.get(n) as number });
    const without = datagrams([of(1), of(3)]);
    expect(all.numbers).toEqual([0, 1, 2, 3, 4, 5]);
    expect(without.numbers).toEqual([0, 2, 4, 5]);
    expect(without.lost).toEqual([1, 3]);
    expect([...without.luck]).toEqual([...all.luck]);
  });

  test('is one of its link only', () => {
    const luck = datagrams().luck.get(1) as number;
    expect(datagrams([{ from: 'b', to: 'a', luck }]).numbers).toHaveLength(SENT);
  });

  test('breaks the connection it would come on, and both ends learn of it', () => {
    const connected = (omitted: readonly Omission[]): { numbers: number[]; closed: string[]; luck: Map<number, number> } => {
      const seen = { numbers: [] as number[], closed: [] as string[], luck: new Map<number, number>() };
      const run = tinyRun({
        omitted,
        programs: {
          a: (os) => ({
            start() {
              const connection = os.connect('b', {
                message: () => undefined,
                closed: (reason) => void seen.closed.push(`a: ${reason}`),
              });
              for (let n = 0; n < SENT; n++) os.after(ms(5 * n), tick, () => void connection.send(count, n));
            },
          }),
          b: () => ({
            accept: () => ({
              message: (_kind, body) => void seen.numbers.push(body as number),
              closed: (reason) => void seen.closed.push(`b: ${reason}`),
            }),
          }),
        },
      });
      run.observe({
        stepped: ({ kind: { name }, body, luck }) => void (name === 'test/count' && seen.luck.set(body as number, luck)),
      });
      run.advance();
      return seen;
    };
    const luck = connected([]).luck.get(2) as number;
    const { numbers, closed } = connected([{ from: 'a', to: 'b', luck }]);
    expect(numbers).toEqual([0, 1]);
    expect(closed.sort()).toEqual(['a: reset', 'b: reset']);
  });

  test('must go between processes that are there', () => {
    expect(() => datagrams([{ from: 'a', to: 'nobody', luck: 1 }])).toThrow('no process is called "nobody"');
  });
});

import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Fault, type Os } from '../../../sim/index.ts';
import { Database } from './database.ts';

/** A process whose first life does `work` with its data; every life begins by reading it. Returns what the last one found. */
function lives(work: (database: Database, os: Os) => void, faults: readonly Fault[] = []): readonly number[] {
  const found: number[][] = [];
  const run = createRun({
    seed: 2,
    topology: threeRegions(),
    build: (world) =>
      world.process({
        name: 'node-east-1',
        region: 'east',
        boot: (os) => {
          const database = new Database(os, 's1', 'w1');
          return {
            start: () =>
              database.load(() => {
                found.push(Array.from({ length: database.length }, (_, at) => database.epochAt(at + 1)));
                if (os.incarnation === 1) work(database, os);
              }),
          };
        },
      }),
    faults,
    properties: [],
    healAtUs: seconds(2),
    endUs: seconds(3),
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  return found.at(-1) ?? [];
}

const entry = (epoch: number) => ({ epoch, id: `${epoch}` });
const powerLoss: readonly Fault[] = [{ at: ms(500), do: 'crash', target: 'node-east-1', for: ms(100) }];

test('what was told to be durable is there after a power loss', () => {
  expect(lives((database) => void database.write(0, [entry(1), entry(1)], () => undefined), powerLoss)).toEqual([1, 1]);
});

test('what agrees stays, and from the first entry that differs on all is taken back', () => {
  const found = lives((database) => {
    database.write(0, [entry(1), entry(1), entry(1)], () => undefined);
    database.write(0, [entry(1), entry(1)], () => undefined);
    expect(database.length).toBe(3);
    database.write(1, [entry(1), entry(2)], () => undefined);
  }, powerLoss);
  expect(found).toEqual([1, 1, 2]);
});

test('others are shown what stands on the disk for good, and nothing else', () => {
  lives((database) => {
    database.write(0, [entry(1), entry(1)], () => {
      expect(database.after(0, 9)).toHaveLength(2);
      database.write(2, [entry(1)], () => undefined);
      expect(database.after(0, 9)).toHaveLength(2);
      database.cut(1);
      expect(database.after(0, 9)).toHaveLength(1);
    });
    expect(database.after(0, 9)).toEqual([]);
  });
});

test('a newer epoch is remembered from what it has written', () => {
  const found = lives((database) => {
    database.write(0, [entry(4)], () => undefined);
    expect(database.epoch).toBe(4);
    database.cut(0);
    expect(database.length).toBe(0);
  }, powerLoss);
  expect(found).toEqual([]);
});

test('a message that comes late takes nothing back of what its office has sent since, one of a newer office does', () => {
  const found = lives((database) => {
    database.follow(2, 0, [entry(1), entry(1), entry(1)], () => undefined);
    database.follow(2, 0, [entry(1)], () => undefined);
    expect(database.length).toBe(3);
    database.follow(3, 0, [entry(1)], () => undefined);
  }, powerLoss);
  expect(found).toEqual([1]);
});

import { describe, expect, test } from 'vitest';
import type { Monitor, Property } from '../../../sim/index.ts';
import { objectKey, type Resource } from '../../api/resources/index.ts';
import { metadata } from '../../api/testing/objects.ts';
import { defaultDesign } from '../../design.ts';
import { keptBoundary, type KeptVersion } from '../../outside/regional/kept.ts';
import { acceptedWriteBoundary, type AcceptedWrite } from '../../regions/serving/methods.ts';
import { sharedJournals } from './journal.ts';
import { sharedStories, type ObjectChange } from './placed-objects.ts';
import { boundedLoss } from './services/bounded-loss.ts';
import { applies, crossing, judged, play, writes, type Moment } from './testing/crossings.ts';

const journalOf = sharedJournals();
const outside = { ...defaultDesign, placements: { 'endpoint-intent': 'outside' } } as const;

const primary = (epoch: number, line: number, inSync: readonly string[]): Resource => ({
  kind: 'Primary',
  metadata: metadata('orders', { uid: 'p1' }),
  spec: { service: 's1', workload: 'b', node: 'node-east-1', region: 'east', epoch, line, inSync },
  status: {},
});

const workload: Resource = {
  kind: 'Workload',
  metadata: metadata('a', { uid: 'a' }),
  spec: { owner: 'd1', ownerName: 'orders', ownerGeneration: 1, image: 'a', ordinal: 0, identity: '', node: 'node-east-1' },
  status: { phase: 'Running', ready: true, restarts: 0 },
};

/** A region keeps the object as it was written at that time; null: it was deleted then. */
function keeps(timeUs: number, object: Resource | null, how: KeptVersion['how'] = 'written'): Moment {
  const stamp = { timeUs, count: 0, region: 'east' };
  return crossing(keptBoundary, {
    region: 'east',
    how,
    version: {
      key: objectKey('Primary', 'orders'),
      value: object === null ? null : JSON.stringify(object),
      stamp,
      sequence: timeUs,
    },
    replaced: null,
  });
}

describe('the story of objects', () => {
  /** What is told of a kind. */
  const told = (kind: 'Primary' | 'Workload', moments: readonly Moment[]): readonly string[] => {
    const lines: string[] = [];
    const storyOf = sharedStories(journalOf, outside);
    const listens: Property = {
      id: 'test/listens',
      kind: 'always',
      title: 'tells what it hears',
      monitor: (_report, scene): Monitor => {
        const story = storyOf(scene);
        story.follow((changes) => void lines.push(...changes.map(say)), kind);
        return { through: story.sources };
      },
    };
    play(listens, moments);
    return lines;
  };
  const say = ({ key, object, previous }: ObjectChange): string => `${key}: ${epochOf(previous)} > ${epochOf(object)}`;
  const epochOf = (object: Resource | null): string =>
    object?.kind === 'Primary' ? String((object as Resource<'Primary'>).spec.epoch) : (object?.metadata.name ?? '-');

  test('what stands outside is told once, whatever region keeps it when', () => {
    const first = primary(1, 1, []);
    expect(
      told('Primary', [
        keeps(1, first),
        keeps(1, first, 'merged'),
        keeps(2, primary(2, 1, [])),
        keeps(1, first, 'merged'),
        keeps(3, null),
      ]),
    ).toEqual(['/registry/Primary/orders: - > 1', '/registry/Primary/orders: 1 > 2', '/registry/Primary/orders: 2 > -']);
  });

  test('the last writer wins, also when the first one is heard of later', () => {
    expect(told('Primary', [keeps(5, primary(2, 1, [])), keeps(4, primary(1, 1, []))])).toEqual([
      '/registry/Primary/orders: - > 2',
    ]);
  });

  test('what stands in consensus is told beside it', () => {
    expect(told('Workload', [applies(1, writes(workload)), keeps(1, primary(1, 1, []))])).toEqual([
      '/registry/Workload/a: - > a',
    ]);
  });
});

describe('a claim about what stands outside', () => {
  const accepts = (epoch: number, sequence: number): Moment =>
    crossing(acceptedWriteBoundary, {
      service: 's1',
      workload: 'b',
      epoch,
      sequence,
      id: `${epoch}.${sequence}`,
    } satisfies AcceptedWrite);
  const judge = (moments: readonly Moment[]): string | null =>
    judged(play(boundedLoss(sharedStories(journalOf, outside), outside), moments));
  const four = [1, 2, 3, 4].map((sequence) => accepts(1, sequence));

  test('knows a new line that only a regional store has', () => {
    expect(judge([keeps(1, primary(1, 1, ['a'])), ...four, keeps(2, primary(2, 2, ['b'])), accepts(2, 1)])).toBeNull();
  });

  test('and that nobody may begin one while somebody has the data, who stands in consensus', () => {
    expect(judge([applies(1, writes(workload)), keeps(1, primary(1, 1, ['a'])), keeps(2, primary(2, 2, ['b']))])).toMatch(
      /began anew under epoch 2 although a/,
    );
  });
});

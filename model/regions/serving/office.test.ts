import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type CallOutcome, type Channels, type Co, type Os } from '../../../sim/index.ts';
import type { ApiClient } from '../../api/client/api-client.ts';
import type { Primary } from '../../api/resources/index.ts';
import { metadata } from '../../api/testing/objects.ts';
import { noDefects } from '../../defect.ts';
import { defaultDesign } from '../../design.ts';
import { Database } from './database.ts';
import { Office } from './office.ts';

const { primaryDeadlineUs, replicationLagMax } = defaultDesign;

const primary = (resourceVersion: number, inSync: readonly string[]): Primary => ({
  kind: 'Primary',
  metadata: metadata('db', { resourceVersion }),
  spec: { service: 's', workload: 'p', node: 'node-east-1', region: 'east', epoch: 1, line: 1, inSync },
  status: {},
});

test('whom an unanswered change may have put on the list counts, although the next one was refused for it', () => {
  let stands = primary(7, ['p']);
  let isReachable = true;
  let updates = 0;
  let held = 0;
  let office: Office | undefined;
  let database: Database | undefined;
  const api = {
    // oxlint-disable-next-line eslint/require-yield -- what a client does may take no time
    *get(): Co<CallOutcome<Primary>> {
      return isReachable ? { status: 'ok', value: stands } : { status: 'unavailable' };
    },
    // oxlint-disable-next-line eslint/require-yield -- the same
    *update(_kind: string, _name: string, _version: number, { spec }: Pick<Primary, 'spec'>): Co<CallOutcome<Primary>> {
      if (++updates === 1) return { status: 'unknown', reason: 'deadline' };
      // The first one has come about meanwhile, and now nobody can be reached any more.
      stands = primary(8, spec.inSync);
      isReachable = false;
      return { status: 'refused', code: 'conflict', message: 'another version' };
    },
  } as unknown as ApiClient;
  // A follower that holds what was there when the office began, and nothing of what comes.
  const follower = (os: Os): Channels =>
    ({
      to: () => ({
        *call(): Co<CallOutcome<{ readonly have: number }>> {
          yield* os.sleep(ms(10));
          return { status: 'ok', value: { have: 0 } };
        },
      }),
    }) as unknown as Channels;
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) =>
      world.process({
        name: 'node-east-1',
        region: 'east',
        boot: (os) => {
          const begin = function* (): Co<void> {
            yield* os.sleep(ms(100));
            office = new Office({
              os,
              api,
              design: defaultDesign,
              defects: noDefects,
              primary: stands,
              database: database as Database,
              peers: () => [{ workload: 'f', node: 'node-west-1' }],
              nodes: follower(os),
              left: () => undefined,
            });
            while (isReachable) yield* os.sleep(ms(50));
            yield* os.sleep(ms(100));
            while (office.holds && office.mayAppend && held < 100) {
              database?.write(held++, [{ epoch: 1, id: `${held}` }], () => undefined);
              yield* os.sleep(ms(1));
            }
          };
          return {
            start: () => {
              database = new Database(os, 's', 'p');
              database.load(() => void os.spawn('begin', begin()));
            },
          };
        },
      }),
    faults: [],
    properties: [],
    healAtUs: seconds(1),
    endUs: primaryDeadlineUs,
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(updates).toBe(2);
  expect(office?.holds).toBe(true);
  expect(held).toBe(replicationLagMax);
});

test('it is held for as long as counts from the question, however late the answer is', () => {
  const answerUs = ms(800);
  let askedUs = -1;
  let held = { early: false, late: true };
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) =>
      world.process({
        name: 'node-east-1',
        region: 'east',
        boot: (os) => {
          const api = {
            // Once somebody answers, and then nobody does.
            *get(): Co<CallOutcome<Primary>> {
              const isFirst = askedUs === -1;
              if (isFirst) askedUs = os.monotonicUs();
              yield* os.sleep(answerUs);
              return isFirst ? { status: 'ok', value: primary(7, ['p']) } : { status: 'unavailable' };
            },
          } as unknown as ApiClient;
          const watch = function* (database: Database): Co<void> {
            const office = new Office({
              os,
              api,
              design: defaultDesign,
              defects: noDefects,
              primary: primary(7, ['p']),
              database,
              peers: () => [],
              nodes: {} as Channels,
              left: () => undefined,
            });
            const endUs = askedUs + primaryDeadlineUs;
            yield* os.sleep(endUs - ms(1) - os.monotonicUs());
            const early = office.holds;
            yield* os.sleep(ms(2));
            held = { early, late: office.holds };
          };
          return {
            start: () => {
              const database = new Database(os, 's', 'p');
              database.load(() => void os.spawn('watch', watch(database)));
            },
          };
        },
      }),
    faults: [],
    properties: [],
    healAtUs: seconds(1),
    endUs: primaryDeadlineUs + seconds(1),
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  expect(held).toEqual({ early: true, late: false });
});

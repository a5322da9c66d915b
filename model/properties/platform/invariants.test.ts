import { describe, expect, test } from 'vitest';
import { createRun, seconds, threeRegions, type Os } from '../../../sim/index.ts';
import { observedBoundary, type Observation } from '../../api/client/observed.ts';
import { deleteMethod, getMethod } from '../../api/methods.ts';
import { objectKey, type Lease, type Resource } from '../../api/resources/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { putMethod } from '../../store/member/methods.ts';
import { deleteRange } from '../../store/machine/requests.ts';
import { sharedActionLogs } from './actions.ts';
import { sharedJournals } from './journal.ts';
import { noLostWrite } from './no-lost-write.ts';
import { noStaleSideEffects } from './no-stale-side-effects.ts';
import { orderedObservation } from './ordered-observation.ts';
import { quorumLoss } from './quorum-loss.ts';
import { safeReplay } from './safe-replay.ts';
import { singleActive } from './single-active.ts';
import { stableLeadership } from './stable-leadership.ts';
import {
  accepts,
  applies,
  crossing,
  deletesUnder,
  deployment,
  grants,
  judged,
  leaves,
  play,
  stands,
  writes,
  type Moment,
} from './testing/crossings.ts';
import { metadata } from '../../api/testing/objects.ts';

const journalOf = sharedJournals();
const actionsOf = sharedActionLogs(journalOf);
const under = (token: number, role = 'deployer') => ({ role, token });

describe('single active', () => {
  const judge = (moments: readonly Moment[]): string | null => judged(play(singleActive(actionsOf), moments));

  test('a new leader after an old one is as it should be', () => {
    expect(
      judge([
        applies(1, grants('deployer')),
        applies(2, writes(deployment(1, 1, { writtenBy: under(2) }))),
        applies(3, grants('deployer')),
        applies(4, writes(deployment(1, 1, { writtenBy: under(4) }))),
      ]),
    ).toBeNull();
  });

  test('an old leader after a new one has acted is not, in the store', () => {
    const moments = [
      applies(1, writes(deployment(1, 1, { writtenBy: under(9) }))),
      applies(2, writes(deployment(1, 1, { writtenBy: under(4) }))),
    ];
    expect(judge(moments)).toMatch(/under token 4 of deployer was accepted by the store after .* token 9/);
  });

  test('nor anywhere else: what was accepted by the store binds the cloud', () => {
    const moments = [applies(1, writes(deployment(1, 1, { writtenBy: under(9, 'provisioner') }))), accepts(1, { token: 4 })];
    expect(judge(moments)).toMatch(/accepted by the cloud after .* by the store/);
  });

  test('a deletion counts by what its txn compares', () => {
    const key = objectKey('Deployment', 'web');
    const moments = [
      applies(1, grants('deployer')),
      applies(2, writes(deployment(1, 1, { writtenBy: under(9) }))),
      applies(3, deletesUnder(key, under(2))),
    ];
    expect(judge(moments)).toMatch(/the deletion of .* under token 2/);
  });

  test('roles do not concern each other, and another member applying the same entry is no news', () => {
    const old = writes(deployment(1, 1, { writtenBy: under(4) }));
    expect(
      judge([
        applies(1, old),
        applies(2, writes(deployment(1, 1, { writtenBy: under(9) }))),
        applies(1, old),
        accepts(1, { token: 1 }),
      ]),
    ).toBeNull();
  });
});

describe('no stale side effects', () => {
  const judge = (moments: readonly Moment[]): string | null => judged(play(noStaleSideEffects(actionsOf), moments));

  test('in the store a grant ends the time of older tokens at once', () => {
    const moments = [
      applies(1, grants('deployer')),
      applies(2, grants('deployer')),
      applies(3, writes(deployment(1, 1, { writtenBy: under(2) }))),
    ];
    expect(judge(moments)).toMatch(/accepted by the store, which knew token 3 already/);
  });

  test('in an election a grant is the end of the key before it, however old the next one is', () => {
    const candidates = [applies(1, stands('deployer', 7)), applies(2, stands('deployer', 8))];
    const acts = (index: number, token: number, session: number): Moment =>
      applies(index, writes(deployment(index, 1, { writtenBy: { role: 'deployer', token, session } })));
    expect(judge([...candidates, acts(3, 2, 7), applies(4, leaves('deployer', 7)), acts(5, 3, 8)])).toBeNull();
    expect(judge([...candidates, applies(3, leaves('deployer', 7)), acts(4, 2, 7)])).toMatch(
      /accepted by the store, which knew token 3 already/,
    );
  });

  test('at the cloud only the seal does', () => {
    const granted = [applies(1, grants('provisioner')), applies(2, grants('provisioner')), accepts(1, { token: 2 })];
    expect(judge(granted)).toBeNull();
    expect(judge([...granted, accepts(2, { action: 'seal', token: 3 }), accepts(3, { token: 2 })])).toMatch(
      /accepted by the cloud, which knew token 3/,
    );
  });
});

test('a deletion whose txn compares no token counts by the newest token it was asked for under, unless a user has asked for it', () => {
  const asks =
    (token: number | null, uid = ''): Moment =>
    (os) =>
      os.send('script', deleteMethod.request, {
        call: 1,
        body: { kind: 'Deployment', name: 'web', uid, resourceVersion: 0, fence: token === null ? null : under(token) },
      });
  const before = [applies(1, writes(deployment(1, 1))), applies(2, grants('deployer')), applies(3, grants('deployer')), asks(3)];
  const deleted = applies(4, deleteRange(objectKey('Deployment', 'web')));
  expect(judged(play(noStaleSideEffects(actionsOf), [...before, deleted]))).toMatch(
    /the deletion of .* under token 3 of deployer was accepted by the store, which knew token 4/,
  );
  expect(judged(play(noStaleSideEffects(actionsOf), [...before, asks(4), deleted]))).toBeNull();
  expect(judged(play(noStaleSideEffects(actionsOf), [...before, asks(null), deleted]))).toBeNull();
  const { uid } = deployment(1, 1).metadata;
  expect(judged(play(noStaleSideEffects(actionsOf), [...before.slice(0, -1), asks(3, uid), deleted]))).toMatch(/under token 3/);
  expect(judged(play(noStaleSideEffects(actionsOf), [...before.slice(0, -1), asks(3, `not ${uid}`), deleted]))).toBeNull();
});

describe('safe replay', () => {
  const judge = (moments: readonly Moment[]): string | null => judged(play(safeReplay(), moments));

  test('one effect for each generation', () => {
    expect(judge([accepts(1, {}), accepts(2, { generation: 2 }), accepts(3, { owner: 'u2' })])).toBeNull();
  });

  test('a second live effect of one intent is one too many, whatever its operation id', () => {
    expect(judge([accepts(1, {}), accepts(2, {})])).toMatch(/made lb-2 for u1 generation 1 .* where lb-1 stands already/);
  });

  test('after a release there may be a later one and none that it covers, and an entry told twice is one', () => {
    const released = [accepts(1, {}), accepts(1, {}), accepts(2, { action: 'release', generation: 2 })];
    expect(judge([...released, accepts(3, { generation: 2 })])).toBeNull();
    expect(judge([...released, accepts(3, {})])).toMatch(/made lb-3 for u1 generation 1 .* after all below generation 2/);
  });
});

describe('ordered observation', () => {
  const sees = (observation: Partial<Observation>): Moment =>
    crossing(observedBoundary, {
      controller: 'deployer-east',
      kind: 'Deployment',
      name: 'web',
      uid: 'u1',
      generation: 1,
      resourceVersion: 5,
      deleted: false,
      ...observation,
    });
  const judge = (moments: readonly Moment[]): string | null => judged(play(orderedObservation(), moments));

  test('generations may be skipped, and seen twice', () => {
    expect(
      judge([
        sees({}),
        sees({ generation: 3 }),
        sees({ generation: 3 }),
        sees({ generation: 1, controller: 'deployer-west' }),
        sees({ generation: 1, uid: 'u2' }),
      ]),
    ).toBeNull();
  });

  test('a generation that goes back is seen, however much has come and gone since', () => {
    const others = Array.from({ length: 1_100 }, (_, at) => sees({ uid: `other-${at}`, deleted: true }));
    expect(judge([sees({ generation: 3 }), ...others, sees({ generation: 2 })])).toMatch(/at generation 2/);
    expect(judge([sees({ generation: 3 }), sees({ generation: 2 })])).toMatch(
      /at generation 2 .* after it had seen it at generation 3/,
    );
  });

  test('an object that comes back from the dead is seen', () => {
    expect(judge([sees({}), sees({ deleted: true }), sees({})])).toMatch(/after it had seen it gone/);
  });
});

describe('no lost write', () => {
  const spec = (replicas: number) => ({ replicas, image: 'a', paused: false });
  /** An operation as a client records it, around what happens meanwhile. */
  const operation = (
    name: string,
    input: object,
    status: 'ok' | 'info',
    output: unknown,
    meanwhile: readonly Moment[],
  ): readonly Moment[] => {
    let settle: (os: Os) => void = () => undefined;
    return [
      (os) => {
        const invoked = os.history.invoke('operator-1', name, { name: 'web', ...input });
        settle = (later) => later.history.settle(invoked, status, output);
      },
      ...meanwhile,
      (os) => settle(os),
    ];
  };
  const told = (generation: number, resourceVersion: number, replicas: number) => ({
    uid: 'u1',
    generation,
    resourceVersion,
    spec: spec(replicas),
  });
  const declared = operation('declare', spec(1), 'ok', told(1, 2, 1), [applies(1, writes(deployment(1, 1)))]);
  const judge = (moments: readonly Moment[]): string | null => judged(play(noLostWrite(journalOf), moments));

  test('what was acknowledged is there', () => {
    expect(
      judge([
        ...declared,
        ...operation('scale', { replicas: 3 }, 'ok', told(2, 3, 3), [applies(2, writes(deployment(3, 2)))]),
        ...operation('read', {}, 'ok', told(2, 3, 3), []),
      ]),
    ).toBeNull();
  });

  test('an acknowledgement of what the store does not have is seen', () => {
    expect(judge([...declared, ...operation('scale', { replicas: 3 }, 'ok', told(2, 3, 3), [])])).toMatch(
      /scale web .* acknowledged at revision 3, where the store has no such change/,
    );
  });

  test('a read under way may show what later writes have long replaced, but as it was', () => {
    const scaled = [3, 4].flatMap((replicas, at) =>
      operation('scale', { replicas }, 'ok', told(at + 2, at + 3, replicas), [
        applies(at + 2, writes(deployment(replicas, at + 2))),
      ]),
    );
    expect(judge([...declared, ...operation('read', {}, 'ok', told(1, 2, 1), scaled)])).toBeNull();
    expect(judge([...declared, ...operation('read', {}, 'ok', told(1, 2, 9), scaled)])).toMatch(
      /was shown revision 2 otherwise than the store has it/,
    );
  });

  test('a read that shows less than was acknowledged before it is seen', () => {
    const scaled = operation('scale', { replicas: 3 }, 'ok', told(2, 3, 3), [applies(2, writes(deployment(3, 2)))]);
    expect(judge([...declared, ...scaled, ...operation('read', {}, 'ok', told(1, 2, 1), [])])).toMatch(
      /was shown revision 2, after a write was acknowledged at revision 3/,
    );
    const nothing = { uid: '', generation: 0, resourceVersion: 0, spec: null };
    expect(judge([...declared, ...operation('read', {}, 'ok', nothing, [])])).toMatch(/found nothing/);
  });

  test('a read may find nothing after a delete', () => {
    const deleted = operation('delete', {}, 'ok', { uid: 'u1', generation: 1, resourceVersion: 3, spec: null }, [
      applies(2, deleteRange(objectKey('Deployment', 'web'))),
    ]);
    expect(
      judge([
        ...declared,
        ...deleted,
        ...operation('read', {}, 'ok', { uid: '', generation: 0, resourceVersion: 0, spec: null }, []),
      ]),
    ).toBeNull();
  });

  test('an entry that gives way to another is seen', () => {
    expect(judge([...declared, applies(1, writes(deployment(4, 1)), 77)])).toMatch(/entry 1 was applied once and then another/);
  });

  test('a writer who sets back what it had not seen is seen', () => {
    const scaled = operation('scale', { replicas: 3 }, 'ok', told(2, 3, 3), [applies(2, writes(deployment(3, 2)))]);
    const rolledOut = operation('roll-out', { image: 'b' }, 'info', 'deadline', [
      applies(3, writes(deployment(1, 3, { image: 'b' }))),
    ]);
    expect(judge([...declared, ...scaled, ...rolledOut])).toMatch(/takes back replicas of web/);
  });

  test('a write of everything that nobody asked for is seen as well', () => {
    expect(judge([...declared, applies(2, writes(deployment(4, 2, { image: 'c' })))])).toMatch(
      /takes back replicas and image of web/,
    );
  });

  test('a pause that is taken back is seen', () => {
    const asked = (paused: boolean, generation: number): Resource<'Deployment'> => {
      const made = deployment(1, generation);
      return { ...made, spec: { ...made.spec, paused } };
    };
    const paused = operation('pause-roll-out', {}, 'ok', { ...told(2, 3, 1), spec: { ...spec(1), paused: true } }, [
      applies(2, writes(asked(true, 2))),
    ]);
    const resumed = operation('resume-roll-out', {}, 'ok', told(3, 4, 1), [applies(3, writes(asked(false, 3)))]);
    expect(judge([...declared, ...paused, ...resumed])).toBeNull();
    expect(judge([...declared, ...paused, applies(3, writes(asked(false, 3)))])).toMatch(/takes back paused of web/);
    expect(judge([...declared, ...operation('pause-roll-out', {}, 'ok', told(1, 2, 1), [])])).toMatch(
      /pause-roll-out web .* where the store has no such change/,
    );
  });

  test('a write of unknown outcome may take effect late', () => {
    const lost = operation('scale', { replicas: 3 }, 'info', 'deadline', []);
    expect(judge([...declared, ...lost, applies(2, writes(deployment(3, 2)))])).toBeNull();
  });
});

describe('stable leadership', () => {
  const held = (holder: string, renewals: number): Lease => ({
    kind: 'Lease',
    metadata: metadata('deployer', { uid: 'l1', resourceVersion: 0, generation: renewals }),
    spec: { holder, durationUs: 5_000, renewals },
    status: { token: 0 },
  });
  const pause: Moment = () => undefined;
  const judge = (moments: readonly Moment[]): string | null => judged(play(stableLeadership(journalOf), moments));

  test('a lease may pass on when it has not been renewed for as long as it lasts', () => {
    expect(judge([applies(1, writes(held('a', 1))), pause, pause, pause, pause, applies(2, writes(held('b', 2)))])).toBeNull();
  });

  test('or when its holder has given it up', () => {
    expect(
      judge([applies(1, writes(held('a', 1))), applies(2, writes(held('', 2))), applies(3, writes(held('b', 3)))]),
    ).toBeNull();
  });

  test('but not while it is being renewed', () => {
    const moments = [
      applies(1, writes(held('a', 1))),
      pause,
      pause,
      applies(2, writes(held('a', 2))),
      pause,
      pause,
      applies(3, writes(held('b', 3))),
    ];
    expect(judge(moments)).toMatch(/passed from a to b 0.00\d+ s after its last renewal/);
  });

  test('in an election a candidate acts in its turn', () => {
    const acts = (index: number): Moment =>
      applies(index, writes(deployment(1, 1, { writtenBy: { role: 'deployer', token: 3, session: 8 } })));
    const candidates = [applies(1, stands('deployer', 7)), applies(2, stands('deployer', 8))];
    expect(judge([...candidates, applies(3, leaves('deployer', 7)), acts(4)])).toBeNull();
    expect(judge([...candidates, acts(3)])).toMatch(/token 3 of deployer is acted under while 2 stands before it/);
  });
});

describe('quorum loss', () => {
  /** Five members that do nothing; a client who gets its answer at once, asked at these times. */
  const judge = (
    faults: Parameters<typeof createRun>[0]['faults'],
    asksUs: readonly number[],
    answersUs = 10,
    what = 'read',
    design: Design = defaultDesign,
  ): string | null => {
    const run = createRun({
      seed: 2,
      topology: threeRegions(),
      build: (world) => {
        for (let n = 1; n <= 5; n++)
          world.process({ name: `store-east-${n}`, region: 'east', boot: () => ({ start: () => undefined }) });
        world.process({
          name: 'client',
          region: 'east',
          boot: (os) => ({
            start: () =>
              void os.spawn(
                'ask',
                (function* () {
                  for (const at of asksUs) {
                    yield* os.sleep(at - os.monotonicUs());
                    const asked = os.history.invoke('client', what, {});
                    yield* os.sleep(answersUs);
                    os.history.settle(asked, 'ok', { uid: '', generation: 0, resourceVersion: 0, spec: null });
                  }
                })(),
              ),
          }),
        });
      },
      faults,
      properties: [quorumLoss(journalOf, design)],
      healAtUs: seconds(9),
      endUs: seconds(10),
      keepEvidence: true,
    });
    run.advance();
    return judged(run);
  };
  const cut = { at: seconds(2), do: 'partition', from: 'store-*', to: 'store-*', for: seconds(3) } as const;

  test('while there is a majority all may succeed', () => {
    expect(
      judge(
        [
          { at: seconds(1), do: 'crash', target: 'store-east-1' },
          { at: seconds(1), do: 'pause', target: 'store-east-2' },
        ],
        [seconds(2), seconds(4)],
      ),
    ).toBeNull();
  });

  test('what is asked without a majority must not succeed', () => {
    expect(judge([cut], [seconds(3)])).toMatch(/succeeded although no majority of the store could talk/);
  });

  test('what was asked before may succeed meanwhile, what was asked meanwhile afterwards', () => {
    expect(judge([cut], [seconds(1)], seconds(1.5))).toBeNull();
    expect(judge([cut], [seconds(4)], seconds(1.5))).toBeNull();
  });

  test('a read may succeed as long as the lease of a leader lasts, where the design reads by leases; a write may not', () => {
    const leases: Design = { ...defaultDesign, readMode: 'lease' };
    expect(judge([cut], [seconds(2.5)], 10, getMethod.name, leases)).toBeNull();
    expect(judge([cut], [seconds(4)], 10, getMethod.name, leases)).toMatch(/succeeded although no majority/);
    expect(judge([cut], [seconds(2.5)], 10, putMethod.name, leases)).toMatch(/succeeded although no majority/);
    expect(judge([cut], [seconds(2.5)], 10, getMethod.name)).toMatch(/succeeded although no majority/);
  });

  test('three members that reach each other through a fourth only are enough', () => {
    const apart = [
      ['1', '2'],
      ['1', '3'],
      ['2', '3'],
      ['1', '5'],
      ['2', '5'],
      ['3', '5'],
      ['4', '5'],
    ] as const;
    const faults = apart.map(
      ([a, b]) => ({ at: seconds(1), do: 'partition', from: `store-east-${a}`, to: `store-east-${b}` }) as const,
    );
    expect(judge(faults, [seconds(3)])).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { ms, seconds, type Micros } from '../../../../sim/index.ts';
import { createMethod, deleteMethod, updateMethod } from '../../../api/methods.ts';
import { DRAIN_TAINT, objectKey, type Resource } from '../../../api/resources/index.ts';
import { metadata, nodeSpec, workloadSpec, workloadStatus } from '../../../api/testing/objects.ts';
import { LIFECYCLE_ROLE, DEPLOYER_ROLE } from '../../../controllers/machinery/options.ts';
import { expectsNodeBoundary } from '../../../controllers/node-lifecycle/node-lifecycle.ts';
import { defaultDesign } from '../../../design.ts';
import { volumeWriteBoundary } from '../../../outside/volume-methods.ts';
import { containerBoundary, type Container, type Mount } from '../../../regions/container.ts';
import { volumeUseBoundary, type VolumeUse } from '../../../regions/mounts.ts';
import { deleteRange } from '../../../store/machine/requests.ts';
import { sharedJournals } from '../journal.ts';
import { accepts, applies, asks, crossing, deployment, judged, play, writes, type Moment } from '../testing/crossings.ts';
import { contained } from './contained.ts';
import { count } from './count.ts';
import { crashLoopsBackOff } from './crash-loops-back-off.ts';
import { identity } from './identity.ts';
import { undisturbed } from './undisturbed.ts';
import { volumeDataKept } from './volume-data.ts';
import { volumeWriters } from './volume-writers.ts';

const workload = (
  name: string,
  own: { readonly ready?: boolean; readonly deleted?: boolean; readonly by?: string } = {},
): Resource<'Workload'> => ({
  kind: 'Workload',
  metadata: metadata(name, {
    resourceVersion: 0,
    deletionUs: own.deleted === true ? 1 : null,
    writtenBy: own.by === undefined ? null : { role: own.by, token: 1 },
  }),
  spec: workloadSpec({ node: 'script' }),
  status: workloadStatus({ phase: 'Running', ready: own.ready ?? true }),
});

const node: Resource<'Node'> = {
  kind: 'Node',
  metadata: metadata('script', { resourceVersion: 0 }),
  spec: nodeSpec(),
  status: { readiness: 'ready' },
};

/** The objects are written one after the other. */
const story = (...objects: readonly Resource[]): readonly Moment[] =>
  objects.map((object, at) => applies(at + 1, writes(object)));

describe('count', () => {
  const judge = (...objects: readonly Resource[]): string | null => judged(play(count(sharedJournals()), story(...objects)));

  test('as many as replicas and surge may stand, and no more', () => {
    expect(judge(deployment(1, 1), workload('a'), workload('b'))).toBeNull();
    expect(judge(deployment(1, 1), workload('a'), workload('b'), workload('c'))).toMatch(
      /c is the 3th live workload of web, which may have 2/,
    );
  });

  test('what is being deleted counts for nothing', () => {
    expect(judge(deployment(1, 1), workload('a'), workload('b'), workload('a', { deleted: true }), workload('c'))).toBeNull();
  });

  test('what a request makes that comes after what was made by its repetition has gone is not counted; what is asked for then is', () => {
    const create = asks(createMethod, { kind: 'Workload', name: 'a', spec: workload('a').spec, metadata: {}, fence: null });
    const gone = applies(4, writes(workload('a', { deleted: true })));
    const before = [create, ...story(deployment(1, 1), workload('a'), workload('b'))];
    const after = [applies(5, writes(workload('c'))), applies(6, writes(workload('a')))];
    const told = (moments: readonly Moment[]): string | null => judged(play(count(sharedJournals()), moments));
    expect(told([...before, gone, ...after])).toBeNull();
    expect(told([...before, gone, create, ...after])).toMatch(/a is the 3th live workload of web, which may have 2/);
    expect(told([...before, gone, ...after, applies(7, writes(workload('d')))])).toMatch(
      /d is the 3th live workload of web, which may have 2/,
    );
  });

  test('a stable identity may come back while one that there are too many of is still to go, but none is made beyond their number', () => {
    const stable = (replicas: number, generation: number): Resource<'Deployment'> => {
      const made = deployment(replicas, generation);
      return { ...made, spec: { ...made.spec, identity: 'stable' } };
    };
    const identity = (ordinal: number, ownerGeneration: number): Resource<'Workload'> => {
      const name = `db-${ordinal}`;
      return { ...workload(name), spec: workloadSpec({ node: 'script', identity: name, ordinal, ownerGeneration }) };
    };
    const scaledDown = [stable(2, 1), identity(1, 1), stable(1, 2)];
    expect(judge(...scaledDown, identity(0, 2))).toBeNull();
    expect(judge(...scaledDown, identity(2, 1))).toMatch(/db-2 is made for web, which may have 2/);
  });

  describe('a paused roll-out', () => {
    const asked = (paused: boolean, generation: number, replicas = 2): Resource<'Deployment'> => {
      const made = deployment(replicas, generation);
      return { ...made, spec: { ...made.spec, image: 'new', paused } };
    };
    const of = (image: string, name: string, generation: number): Resource<'Workload'> => ({
      ...workload(name),
      spec: workloadSpec({ node: 'script', image, ownerGeneration: generation }),
    });
    const gone = (name: string, by: string): Resource<'Workload'> => ({
      ...of('old', name, 1),
      metadata: workload(name, { deleted: true, by }).metadata,
    });
    const halfWay = [node, asked(false, 1), of('old', 'a', 1), of('old', 'b', 1), of('new', 'c', 1), asked(true, 2)];

    test('is not gone on with', () => {
      expect(judge(...halfWay, gone('a', DEPLOYER_ROLE), of('new', 'd', 2))).toBeNull();
      expect(judge(...halfWay, gone('a', DEPLOYER_ROLE), of('new', 'd', 2), gone('b', DEPLOYER_ROLE), of('new', 'e', 2))).toBe(
        'e is the 3th live workload of web that runs new, although its roll-out was paused when there were 1 of 2',
      );
      expect(judge(node, asked(false, 1), of('old', 'a', 1), asked(true, 2), of('new', 'd', 2))).toMatch(
        /paused when there were 0 of 1/,
      );
    });

    test('is restored and goes on when it is resumed', () => {
      expect(judge(...halfWay, gone('a', DEPLOYER_ROLE), of('old', 'd', 2))).toBeNull();
      expect(
        judge(
          ...halfWay,
          asked(false, 3),
          gone('a', DEPLOYER_ROLE),
          of('new', 'd', 3),
          gone('b', DEPLOYER_ROLE),
          of('new', 'e', 3),
        ),
      ).toBeNull();
    });

    test('keeps its parts at another size: those that it has when the first is made for that', () => {
      const grown = [
        node,
        asked(false, 1),
        of('old', 'a', 1),
        of('new', 'b', 1),
        asked(true, 2),
        asked(true, 3, 4),
        of('new', 'c', 2),
      ];
      expect(judge(...grown, of('new', 'd', 3), of('new', 'e', 3))).toBeNull();
      expect(judge(...grown, of('old', 'd', 3), of('old', 'e', 3))).toBe(
        'e is the 3th live workload of web that runs old, although its roll-out was paused when there were 1 of 3',
      );
      expect(
        judge(
          node,
          asked(true, 1),
          of('old', 'a', 1),
          of('new', 'b', 1),
          asked(true, 2, 4),
          of('old', 'c', 2),
          of('old', 'd', 1),
          of('old', 'e', 2),
        ),
      ).toBeNull();
    });

    test('keeps its parts among those that stay, until after their node is spared', () => {
      const on = (where: string, image: string, name: string, generation: number): Resource<'Workload'> => ({
        ...workload(name),
        spec: workloadSpec({ node: where, image, ownerGeneration: generation }),
      });
      const spared: Resource<'Node'> = { ...node, metadata: { ...node.metadata, name: 'other' } };
      const emptied: Resource<'Node'> = { ...spared, spec: nodeSpec({ taints: [{ key: DRAIN_TAINT, effect: 'no-execute' }] }) };
      const moving = (last: Resource<'Node'>): readonly Resource[] => [
        spared,
        asked(false, 1, 3),
        on('other', 'old', 'a', 1),
        on('', 'new', 'b', 1),
        asked(true, 2, 3),
        last,
        on('', 'old', 'c', 2),
      ];
      expect(judge(...moving(emptied), on('', 'old', 'd', 2))).toBeNull();
      expect(judge(...moving(emptied), spared, on('', 'old', 'd', 2))).toBeNull();
      expect(judge(...moving(spared), on('', 'old', 'd', 2))).toMatch(/d is the 3th live workload of web that runs old/);
    });

    test('may be restored of another image when some of it was lost', () => {
      expect(
        judge(...halfWay, gone('a', LIFECYCLE_ROLE), gone('b', LIFECYCLE_ROLE), of('new', 'd', 2), of('new', 'e', 2)),
      ).toBeNull();
    });
  });

  test('the deployer takes none away that is needed; what others take away is their business', () => {
    const taken = (by: string): string | null =>
      judge(deployment(2, 1), workload('a'), workload('b'), workload('a', { deleted: true, by }));
    expect(taken(DEPLOYER_ROLE)).toMatch(/deletes a, so that 1 workloads of web serve, of which there should be 2/);
    expect(taken(LIFECYCLE_ROLE)).toBeNull();
  });

  test('one that serves nobody may go', () => {
    expect(
      judge(
        deployment(1, 1),
        workload('a'),
        workload('b', { ready: false }),
        workload('b', { ready: false, deleted: true, by: DEPLOYER_ROLE }),
      ),
    ).toBeNull();
  });
});

const container: Container = {
  uid: 'a',
  name: 'a',
  owner: 'u1',
  image: 'a',
  identity: 'db-0',
  phase: 'running',
  ready: true,
  restarts: 0,
  volume: null,
};
const starts = (uid: string): Moment => crossing(containerBoundary, { what: 'started', container: { ...container, uid } });
const ends = (uid: string): Moment => crossing(containerBoundary, { what: 'ended', container: { ...container, uid } });
const deadline = (untilUs: number): Moment => crossing(containerBoundary, { what: 'deadline', untilUs });

describe('identity', () => {
  const judge = (...moments: readonly Moment[]): string | null => judged(play(identity(), moments));

  test('a second one starts when the first has ended', () => {
    expect(judge(deadline(1_000_000), starts('a'), ends('a'), starts('b'))).toBeNull();
    expect(judge(deadline(1_000_000), starts('a'), starts('b'))).toMatch(
      /db-0 starts on script while it may still run on script/,
    );
  });

  test('or when the deadline of its machine has passed, by the clock of that machine', () => {
    expect(judge(deadline(1_500), starts('a'), starts('b'))).toBeNull();
  });
});

describe('crash loops', () => {
  const web: Container = { ...container, identity: '' };
  const of = (what: 'started' | 'ended' | 'stopped', own: Partial<Container> = {}): Moment =>
    crossing(containerBoundary, { what, container: { ...web, ...own } });
  const judge = (...moments: readonly (Moment | Micros)[]): string | null => judged(play(crashLoopsBackOff(), moments));

  test('the pause before the next start doubles with each end in a row', () => {
    const twice = [of('started'), of('ended'), ms(100), of('started'), of('ended')];
    expect(judge(...twice, ms(200), of('started'), of('ended'), ms(400), of('started'))).toBeNull();
    expect(judge(...twice, ms(200), of('started'), of('ended'), ms(300), of('started'))).toMatch(
      /^a is started again on script after 30\d000 µs, although it has ended 3 times in a row$/,
    );
    expect(judge(of('started'), of('ended'), ms(50), of('started'))).toMatch(/ended 1 times in a row/);
  });

  test('but not beyond its bound', () => {
    const ends = Array.from({ length: 9 }, () => [of('started'), of('ended'), ms(3_000)]).flat();
    expect(judge(...ends, of('started'))).toBeNull();
    expect(judge(...ends, of('started'), of('ended'), ms(2_000), of('started'))).toMatch(/ended 10 times in a row/);
  });

  test('what has run for long, has been stopped, or is ended by its deadline as well, counts anew', () => {
    const thrice = [of('started'), of('ended'), ms(200), of('started'), of('ended'), ms(400), of('started')];
    expect(judge(...thrice, seconds(7), of('ended'), ms(100), of('started'))).toBeNull();
    expect(judge(...thrice, of('ended'), of('stopped'), of('started'))).toBeNull();
    expect(
      judge(of('started', { identity: 'db-0' }), of('ended', { identity: 'db-0' }), of('started', { identity: 'db-0' })),
    ).toBeNull();
  });
});

describe('volumes', () => {
  const mount = (epoch = 1, claim = 'u1/db-0'): Mount => ({ resource: 'vol-1', epoch, claim });
  const begins = (uid: string, epoch: number): Moment =>
    crossing(containerBoundary, { what: 'started', container: { ...container, uid, volume: mount(epoch) } });
  const attached = (sequence: number, epoch: number): Moment =>
    accepts(sequence, { action: 'attach', resource: 'vol-1', generation: epoch, node: 'script' });
  const detached = (sequence: number): Moment =>
    accepts(sequence, { action: 'detach', resource: 'vol-1', generation: 1, node: 'script' });
  const write = (epoch: number, number = 1): Moment =>
    crossing(volumeWriteBoundary, { resource: 'vol-1', node: 'script', epoch, number });
  const judge = (...moments: readonly Moment[]): string | null => judged(play(volumeWriters(), moments));

  test('one is detached when its workload has ended, and not before', () => {
    expect(judge(deadline(1_000_000), attached(1, 1), begins('a', 1), ends('a'), detached(2))).toBeNull();
    expect(judge(deadline(1_000_000), attached(1, 1), begins('a', 1), detached(2))).toBe(
      'vol-1 is detached while a, which writes to it, may run on script',
    );
  });

  test('or when the deadline of its machine has passed, by the clock of that machine', () => {
    expect(judge(deadline(2_500), attached(1, 1), begins('a', 1), detached(2))).toBeNull();
  });

  test('nobody else is let in beside a workload that may run', () => {
    expect(judge(deadline(1_000_000), attached(1, 1), begins('a', 1), attached(2, 2))).toMatch(/vol-1 is attached while a/);
  });

  test('writes under an older attachment than the newest are not taken', () => {
    expect(judge(attached(1, 1), write(1), detached(2), attached(3, 2), write(2, 2))).toBeNull();
    expect(judge(attached(1, 1), write(1), detached(2), attached(3, 2), write(1, 2))).toBe(
      'vol-1 takes a write under epoch 1, although it is attached under epoch 2',
    );
  });

  const uses = (what: VolumeUse['what'], length: number, claim?: string): Moment =>
    crossing(volumeUseBoundary, { what, workload: 'a', volume: mount(1, claim), length });
  const keep = (...moments: readonly Moment[]): string | null => judged(play(volumeDataKept(), moments));

  test('what was acknowledged is found again, and what another deployment has written is not looked for', () => {
    expect(keep(uses('mounted', 0), uses('written', 1), uses('written', 2), uses('mounted', 3))).toBeNull();
    expect(keep(uses('written', 2), uses('mounted', 0, 'u2/db-0'))).toBeNull();
    expect(keep(uses('written', 2), uses('mounted', 1))).toBe(
      'a finds 1 writes on vol-1, and 2 were acknowledged to those before it',
    );
  });
});

describe('undisturbed', () => {
  const stops: Moment = crossing(containerBoundary, { what: 'stopping', container });
  const judge = (...objects: readonly Resource[]): string | null =>
    judged(play(undisturbed(sharedJournals()), [...story(...objects), stops]));

  test('an agent stops what was deleted, what is gone and what ran on a node that is gone', () => {
    expect(judge(node)).toBeNull();
    expect(judge(node, workload('a', { deleted: true }))).toBeNull();
    expect(judge(workload('a'))).toBeNull();
  });

  test('and nothing else', () => {
    expect(judge(node, workload('a'))).toBe('script stops a, which nobody has deleted');
  });
});

describe('contained', () => {
  const cluster: Resource<'Cluster'> = {
    kind: 'Cluster',
    metadata: metadata('east', { resourceVersion: 0 }),
    spec: { region: 'east', state: 'active' },
    status: { observedGeneration: 1 },
  };
  const leaseOf = (holder: string, renewals: number): Resource<'Lease'> => ({
    kind: 'Lease',
    metadata: metadata(`node.${holder}`, { resourceVersion: 0 }),
    spec: { holder, durationUs: 1, renewals },
    status: { token: 0 },
  });
  const lease = leaseOf('script', 1);
  const fence = { role: LIFECYCLE_ROLE, token: 1 };
  const judge = (...objects: readonly Resource[]): string | null =>
    judged(play(contained(sharedJournals(), defaultDesign), story(...objects)));
  const drained = (key: string): Resource<'Node'> => ({
    ...node,
    metadata: { ...node.metadata, writtenBy: fence },
    spec: nodeSpec({ taints: [{ key, effect: 'no-execute' }] }),
  });

  test('nothing is evicted from a node that has just been heard of', () => {
    expect(judge(cluster, node, lease, workload('a'), workload('a', { deleted: true, by: LIFECYCLE_ROLE }))).toMatch(
      /a is evicted from script when nothing was heard of it for/,
    );
    expect(judge(cluster, node, lease, workload('a'), workload('a', { deleted: true, by: DEPLOYER_ROLE }))).toBeNull();
  });

  test('what was bound to a node that was not there may be evicted when the node has just joined, and not later', () => {
    const bound = story(cluster, workload('a'), node, lease);
    /** After so many seconds, in each of which it renews its lease. */
    const gone = (after: number): string | null => {
      const renewals = Array.from({ length: after }, (_, at) => [
        seconds(1),
        applies(1_000 + at, writes(leaseOf('script', 2 + at))),
      ]).flat();
      const evicted = applies(2_000, writes(workload('a', { deleted: true, by: LIFECYCLE_ROLE })));
      return judged(play(contained(sharedJournals(), defaultDesign), [...bound, ...renewals, evicted]));
    };
    expect(gone(1)).toBeNull();
    expect(gone(5)).toMatch(/a is evicted from script when nothing was heard of it for/);
  });

  describe('by a controller that hears from no node', () => {
    const heard = story(cluster, node, lease, workload('a'));
    const evicted = applies(1_000, writes(workload('a', { deleted: true, by: LIFECYCLE_ROLE })));
    const asked = asks(deleteMethod, {
      kind: 'Workload',
      name: 'a',
      uid: workload('a').metadata.uid,
      resourceVersion: 0,
      propagation: null,
      graceUs: null,
      fence,
    });
    const verdict = (...moments: readonly (Moment | Micros)[]): string | null =>
      judged(play(contained(sharedJournals(), defaultDesign), [...heard, ...moments, evicted]));

    test('nothing is evicted', () => {
      expect(verdict(seconds(10))).toMatch(/a is evicted from script when no node has been heard of for 100\d+ µs/);
      expect(verdict(seconds(10), asked, seconds(5))).toMatch(
        /a is evicted from script when no node has been heard of for 100\d+ µs/,
      );
    });

    test('who has just been told of a node does not know yet that it is silent as well', () => {
      const told = crossing(expectsNodeBoundary, { node: 'late' });
      expect(verdict(seconds(6), told, seconds(4), asked)).toBeNull();
      expect(verdict(told, seconds(10), asked)).toMatch(/when no node has been heard of for 100\d+ µs/);
    });

    test('what was asked for before may be committed then, also when it was asked for again', () => {
      const others = Array.from({ length: 16 }, (_, at) => [
        applies(heard.length + at + 1, writes(leaseOf('other', at + 1))),
        ms(500),
      ]).flat();
      expect(verdict(...others, asked, seconds(10))).toBeNull();
      expect(verdict(...others, asked, seconds(10), asked)).toBeNull();
      expect(verdict(...others, seconds(10), asked)).toMatch(/when no node has been heard of/);
    });
  });

  test('a node is emptied with its region, not with another', () => {
    expect(judge(cluster, node, drained('region-drain'))).toBe('script is to be emptied, although nobody drains east');
    expect(judge({ ...cluster, spec: { region: 'east', state: 'draining' } }, node, drained('region-drain'))).toBeNull();
  });

  test('the last region in service is not drained', () => {
    const west: Resource<'Cluster'> = {
      ...cluster,
      metadata: metadata('west', { resourceVersion: 0 }),
      spec: { region: 'west', state: 'active' },
    };
    const draining = (of: Resource<'Cluster'>): Resource<'Cluster'> => ({ ...of, spec: { ...of.spec, state: 'draining' } });
    expect(judge(cluster, west, draining(cluster), cluster, draining(west))).toBeNull();
    expect(judge(cluster, west, draining(cluster), draining(west))).toBe(
      'west goes out of service, and no other region is in it',
    );
  });

  describe('of a zone', () => {
    const another = (from: Resource<'Node'>): Resource<'Node'> => ({ ...from, metadata: { ...from.metadata, name: 'other' } });
    const lost = drained('unreachable');
    const verdict = (...moments: readonly (Moment | Micros)[]): string | null =>
      judged(
        play(contained(sharedJournals(), defaultDesign), [
          ...story(cluster, node, another(node)),
          defaultDesign.nodeGraceUs,
          ...moments,
        ]),
      );
    const askedFor = ({ metadata: { name }, spec }: Resource<'Node'>, resourceVersion: number): Moment =>
      asks(updateMethod, { kind: 'Node', name, resourceVersion, spec, metadata: null, fence });
    const committed = (index: number, object: Resource): Moment => applies(index, writes(object));

    test('two nodes are not given up in one moment', () => {
      expect(verdict(committed(4, lost))).toBeNull();
      expect(verdict(committed(4, lost), committed(5, another(lost)))).toMatch(
        /other is given up within \d+ µs of another node of east/,
      );
      expect(
        verdict(askedFor(lost, 3), askedFor(another(lost), 4), committed(4, lost), seconds(5), committed(5, another(lost))),
      ).toMatch(/other is given up within 1000 µs of/);
    });

    test('one that has just been registered is not given up, however long another of its name was silent', () => {
      const removed = [
        applies(4, deleteRange(objectKey('Node', 'script'))),
        seconds(10),
        committed(5, { ...node, metadata: { ...node.metadata, uid: 'anew' } }),
      ];
      const lostAnew = { ...lost, metadata: { ...lost.metadata, uid: 'anew' } };
      expect(verdict(...removed, committed(6, lostAnew))).toMatch(/script is given up 1000 µs after it was registered/);
      expect(verdict(...removed, defaultDesign.nodeGraceUs, committed(6, lostAnew))).toBeNull();
    });

    test('both may be committed in one moment', () => {
      expect(
        verdict(askedFor(lost, 3), seconds(2), askedFor(another(lost), 4), committed(4, lost), committed(5, another(lost))),
      ).toBeNull();
    });
  });
});

import { describe, expect, test } from 'vitest';
import type { Resource } from '../../../api/resources/index.ts';
import { metadata, nodeSpec, workloadSpec, workloadStatus } from '../../../api/testing/objects.ts';
import { LIFECYCLE_ROLE, DEPLOYER_ROLE } from '../../../controllers/machinery/options.ts';
import { defaultDesign } from '../../../design.ts';
import { containerBoundary, type Container } from '../../../regions/container.ts';
import { sharedJournals } from '../journal.ts';
import { applies, crossing, deployment, judged, play, writes, type Moment } from '../testing/crossings.ts';
import { contained } from './contained.ts';
import { count } from './count.ts';
import { identity } from './identity.ts';
import { undisturbed } from './undisturbed.ts';

const workload = (name: string, own: { readonly ready?: boolean; readonly deleted?: boolean; readonly by?: string } = {}): Resource<'Workload'> => ({
  kind: 'Workload',
  metadata: metadata(name, { resourceVersion: 0, deletionUs: own.deleted === true ? 1 : null, writtenBy: own.by === undefined ? null : { role: own.by, token: 1 } }),
  spec: workloadSpec({ node: 'script' }),
  status: workloadStatus({ phase: 'Running', ready: own.ready ?? true }),
});

const node: Resource<'Node'> = { kind: 'Node', metadata: metadata('script', { resourceVersion: 0 }), spec: nodeSpec(), status: { readiness: 'ready' } };

/** The objects are written one after the other. */
const story = (...objects: readonly Resource[]): readonly Moment[] => objects.map((object, at) => applies(at + 1, writes(object)));

describe('count', () => {
  const judge = (...objects: readonly Resource[]): string | null => judged(play(count(sharedJournals()), story(...objects)));

  test('as many as replicas and surge may stand, and no more', () => {
    expect(judge(deployment(1, 1), workload('a'), workload('b'))).toBeNull();
    expect(judge(deployment(1, 1), workload('a'), workload('b'), workload('c'))).toMatch(/c is the 3th live workload of web, which may have 2/);
  });

  test('what is being deleted counts for nothing', () => {
    expect(judge(deployment(1, 1), workload('a'), workload('b'), workload('a', { deleted: true }), workload('c'))).toBeNull();
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

  test('the deployer takes none away that is needed; what others take away is their business', () => {
    const taken = (by: string): string | null => judge(deployment(2, 1), workload('a'), workload('b'), workload('a', { deleted: true, by }));
    expect(taken(DEPLOYER_ROLE)).toMatch(/deletes a, so that 1 workloads of web serve, of which there should be 2/);
    expect(taken(LIFECYCLE_ROLE)).toBeNull();
  });

  test('one that serves nobody may go', () => {
    expect(judge(deployment(1, 1), workload('a'), workload('b', { ready: false }), workload('b', { ready: false, deleted: true, by: DEPLOYER_ROLE }))).toBeNull();
  });
});

const container: Container = { uid: 'a', name: 'a', owner: 'u1', image: 'a', identity: 'db-0', phase: 'running', ready: true, restarts: 0 };
const starts = (uid: string): Moment => crossing(containerBoundary, { what: 'started', container: { ...container, uid } });
const ends = (uid: string): Moment => crossing(containerBoundary, { what: 'ended', container: { ...container, uid } });
const deadline = (untilUs: number): Moment => crossing(containerBoundary, { what: 'deadline', untilUs });

describe('identity', () => {
  const judge = (...moments: readonly Moment[]): string | null => judged(play(identity(), moments));

  test('a second one starts when the first has ended', () => {
    expect(judge(deadline(1_000_000), starts('a'), ends('a'), starts('b'))).toBeNull();
    expect(judge(deadline(1_000_000), starts('a'), starts('b'))).toMatch(/db-0 starts on script while it may still run on script/);
  });

  test('or when the deadline of its machine has passed, by the clock of that machine', () => {
    expect(judge(deadline(1_500), starts('a'), starts('b'))).toBeNull();
  });
});

describe('undisturbed', () => {
  const stops: Moment = crossing(containerBoundary, { what: 'stopping', container });
  const judge = (...objects: readonly Resource[]): string | null => judged(play(undisturbed(sharedJournals()), [...story(...objects), stops]));

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
  const cluster: Resource<'Cluster'> = { kind: 'Cluster', metadata: metadata('east', { resourceVersion: 0 }), spec: { region: 'east', state: 'active' }, status: { observedGeneration: 1 } };
  const lease: Resource<'Lease'> = { kind: 'Lease', metadata: metadata('node.script', { resourceVersion: 0 }), spec: { holder: 'script', durationUs: 1, renewals: 1 }, status: { token: 0 } };
  const judge = (...objects: readonly Resource[]): string | null => judged(play(contained(sharedJournals(), defaultDesign), story(...objects)));
  const drained = (key: string): Resource<'Node'> => ({ ...node, metadata: { ...node.metadata, writtenBy: { role: LIFECYCLE_ROLE, token: 1 } }, spec: nodeSpec({ taints: [{ key, effect: 'no-execute' }] }) });

  test('nothing is evicted from a node that has just been heard of', () => {
    expect(judge(cluster, node, lease, workload('a'), workload('a', { deleted: true, by: LIFECYCLE_ROLE }))).toMatch(/a is evicted from script, of which nothing was heard for/);
    expect(judge(cluster, node, lease, workload('a'), workload('a', { deleted: true, by: DEPLOYER_ROLE }))).toBeNull();
  });

  test('a node is emptied with its region, not with another', () => {
    expect(judge(cluster, node, drained('region-drain'))).toBe('script is to be emptied, although nobody drains east');
    expect(judge({ ...cluster, spec: { region: 'east', state: 'draining' } }, node, drained('region-drain'))).toBeNull();
  });

  test('two nodes of a zone are not given up in one moment', () => {
    const other = (from: Resource<'Node'>): Resource<'Node'> => ({ ...from, metadata: { ...from.metadata, name: 'other' } });
    const lost = drained('unreachable');
    expect(judge(cluster, node, other(node), lost)).toBeNull();
    expect(judge(cluster, node, other(node), lost, other(lost))).toMatch(/other is given up \d+ µs after another node of east/);
  });
});

import { expect, test } from 'vitest';
import { ms, type Os } from '../../../sim/index.ts';
import { nodeLeaseName, type Lease, type Node } from '../../api/resources/index.ts';
import { metadata, nodeSpec } from '../../api/testing/objects.ts';
import { defaultDesign } from '../../design.ts';
import { NodeMonitor } from './node-monitor.ts';

const { nodeGraceUs } = defaultDesign;

/** A monitor, and the only thing it asks of its process. */
function monitor(): { readonly monitor: NodeMonitor; readonly clock: { nowUs: number } } {
  const clock = { nowUs: 0 };
  return { monitor: new NodeMonitor({ monotonicUs: () => clock.nowUs } as Os, defaultDesign), clock };
}

function lease(resourceVersion: number): Lease {
  return {
    kind: 'Lease',
    metadata: metadata(nodeLeaseName('n'), { uid: 'u', resourceVersion }),
    spec: { holder: 'n', durationUs: nodeGraceUs, renewals: resourceVersion },
    status: { token: 1 },
  };
}

function node(uid: string): Node {
  return { kind: 'Node', metadata: metadata('n', { uid }), spec: nodeSpec(), status: { readiness: 'ready' } };
}

test('a node lives for the grace after the last change of its lease that was seen', () => {
  const { monitor: nodes, clock } = monitor();
  nodes.saw(lease(7));
  clock.nowUs = nodeGraceUs - 1;
  nodes.saw(lease(7));
  expect(nodes.isLive('n')).toBe(true);
  clock.nowUs = nodeGraceUs;
  expect(nodes.isLive('n')).toBe(false);
  nodes.saw(lease(8));
  expect(nodes.isLive('n')).toBe(true);
});

test('a state from before the newest one seen is no sign of life: a watch that lags tells what the API has said already', () => {
  const { monitor: nodes, clock } = monitor();
  nodes.saw(lease(9));
  clock.nowUs = nodeGraceUs;
  for (const version of [7, 8, 9]) nodes.saw(lease(version));
  expect(nodes.isLive('n')).toBe(false);
});

test('a node that never gave a sign is given the grace from when it was first heard of', () => {
  const { monitor: nodes, clock } = monitor();
  clock.nowUs = ms(500);
  expect(nodes.expects(node('u1'))).toBe(true);
  clock.nowUs++;
  expect(nodes.expects(node('u1'))).toBe(false);
  clock.nowUs--;
  clock.nowUs = ms(500) + nodeGraceUs - 1;
  expect(nodes.isLive('n')).toBe(true);
  clock.nowUs++;
  expect(nodes.isLive('n')).toBe(false);
});

test('a node that is made anew is given the whole grace, also when the last lease of the old one was shown after that was gone', () => {
  const { monitor: nodes, clock } = monitor();
  nodes.expects(node('u1'));
  nodes.forget('n');
  nodes.saw(lease(7));
  clock.nowUs = 2 * nodeGraceUs;
  expect(nodes.expects(node('u2'))).toBe(true);
  expect(nodes.isLive('n')).toBe(true);
  clock.nowUs = 3 * nodeGraceUs;
  expect(nodes.isLive('n')).toBe(false);
});

test('after a time of blindness every node is given the whole grace again', () => {
  const { monitor: nodes, clock } = monitor();
  nodes.saw(lease(7));
  clock.nowUs = nodeGraceUs;
  nodes.forgive();
  expect(nodes.isLive('n')).toBe(true);
  clock.nowUs = 2 * nodeGraceUs;
  expect(nodes.isLive('n')).toBe(false);
});

import { expect, test } from 'vitest';
import type { Co } from '../../../sim/index.ts';
import { nodeLeaseName, type Node } from '../../api/resources/index.ts';
import { nodeSpec } from '../../api/testing/objects.ts';
import { defaultDesign } from '../../design.ts';
import { NodeMonitor } from './node-monitor.ts';
import { Silence } from './silence.ts';
import { asLeader, type Situation } from '../testing/leader.ts';

const { nodeGraceUs, nodeLeaseUs } = defaultDesign;
/** So long an answer holds. */
const HOLDS_US = nodeGraceUs / 2;

interface Scene extends Situation {
  readonly silence: Silence;
  readonly nodes: readonly Node[];
  /** The cache is not told of it. */
  readonly renew: () => Co<void>;
}

/** With a node that was heard of once, the grace ago. */
function withSilence(body: (scene: Scene) => Co<void>, defects: readonly string[] = []): void {
  asLeader({ kinds: [], defects }, function* (situation) {
    const { tools, design } = situation;
    const api = tools.client;
    const name = nodeLeaseName('n');
    const lease = (renewals: number) => ({ holder: 'n', durationUs: nodeGraceUs, renewals });
    const node = yield* api.create('Node', 'n', nodeSpec());
    const made = yield* api.create('Lease', name, lease(1));
    if (node.status !== 'ok' || made.status !== 'ok') throw new Error('the node was not made');
    const monitor = new NodeMonitor(tools.os, design);
    yield* tools.os.sleep(nodeLeaseUs);
    monitor.saw(made.value);
    yield* tools.os.sleep(nodeGraceUs);
    const renew = function* (): Co<void> {
      yield* api.renew(name, made.value.metadata.resourceVersion, lease(2), nodeLeaseUs);
    };
    yield* body({ ...situation, nodes: [node.value], silence: new Silence(tools, monitor, design, situation.defects), renew });
  });
}

test('who seems silent is asked about', () => {
  withSilence(function* ({ silence, nodes, renew }) {
    expect(yield* silence.find(nodes)).toBe(true);
    expect(silence.has('n')).toBe(true);
    yield* renew();
    expect(yield* silence.find(nodes)).toBe(true);
    expect(silence.has('n')).toBe(false);
  });
});

test('what was told holds for half of the grace; who acts after that asks again', () => {
  withSilence(function* ({ silence, nodes, renew, tools }) {
    yield* silence.find(nodes);
    yield* renew();
    expect(yield* silence.isCertain('n')).toBe(true);
    yield* tools.os.sleep(HOLDS_US);
    expect(silence.has('n')).toBe(true);
    expect(yield* silence.isCertain('n')).toBe(false);
    expect(silence.has('n')).toBe(false);
  });
});

test('defect silence-by-cache: nobody is asked', () => {
  withSilence(
    function* ({ silence, nodes, renew, tools }) {
      yield* renew();
      yield* silence.find(nodes);
      yield* tools.os.sleep(2 * HOLDS_US);
      expect(yield* silence.isCertain('n')).toBe(true);
    },
    ['silence-by-cache'],
  );
});

test('who was not found to be silent is not', () => {
  withSilence(function* ({ silence }) {
    yield* silence.find([]);
    expect([silence.has('n'), yield* silence.isCertain('n')]).toEqual([false, false]);
  });
});

/**
 * Artifact registries stall, lose power and are cut off from each other, while operators push what they are about to roll
 * out and nodes pull it. Nodes wait and go elsewhere; what was acknowledged is not lost. No row of the design review's
 * table: what stands outside of consensus fails too, and must fail by itself. Releases are of builds that are never
 * pushed again, which would hide a loss.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { OPERATORS, REGIONS } from '../../model/platform.ts';
import { ms, seconds, type Fault } from '../../sim/index.ts';
import { defineScenario, type Draw } from '../define-scenario.ts';
import { drawMs } from '../drawing.ts';
import { platformWorkload } from '../workload/platform-workload.ts';
import { usualTimes } from './usual.ts';

export const registryOutage = defineScenario({
  name: 'registry-outage',
  title: 'artifact registries stall, lose power and are cut off while images are pushed and pulled',
  ...usualTimes,
  workload: (draw) => [...platformWorkload(draw, usualTimes.healAtUs), ...releases(draw)].sort((a, b) => a.at - b.at),
  faults: (draw) => {
    const stream = draw.stream('faults');
    const faults: Fault[] = [];
    for (const region of stream.shuffle([...REGIONS]).slice(0, stream.between(1, 3))) {
      const target = `artifacts-${region}`;
      const at = drawMs(stream, 1_500, 2_700);
      // A push that comes while the disk stands still waits for it; the power goes before the disk does.
      faults.push({ at, do: 'stall-disk', target, for: drawMs(stream, 1_500, 2_500) });
      faults.push({ at: at + drawMs(stream, 600, 1_400), do: 'crash', target, for: drawMs(stream, 300, 3_000) });
      if (stream.percent(50))
        faults.push({ at: at + ms(100), do: 'partition', from: target, to: 'artifacts-*', for: drawMs(stream, 1_000, 5_000) });
    }
    return [...faults, onItsOwn(draw)].sort((a, b) => a.at - b.at);
  },
});

/** One is cut off from the others and goes on taking in what its region pushes: they cannot know of that, and cannot deny it. */
function onItsOwn(draw: Draw): Fault {
  const stream = draw.stream('faults/on-its-own');
  return {
    at: drawMs(stream, 1_800, 2_600),
    do: 'partition',
    from: `artifacts-${stream.pick(REGIONS)}`,
    to: 'artifacts-*',
    for: drawMs(stream, 3_000, 6_000),
  };
}

const RELEASES_FROM_US = seconds(2);
const RELEASES_UNTIL_US = ms(4_500);
const RELEASE_PAUSE_US = ms(350);

/** While registries stand still the operators of all regions release one build after the other. */
function releases(draw: Draw): readonly Intent[] {
  return OPERATORS.flatMap((client) => {
    const stream = draw.stream(`releases/${client}`);
    const intents: Intent[] = [];
    for (
      let at = RELEASES_FROM_US + stream.exponential(RELEASE_PAUSE_US);
      at < RELEASES_UNTIL_US;
      at += 1 + stream.exponential(RELEASE_PAUSE_US)
    ) {
      const image = referenceTo('registry/app', `${client}-release-${intents.length}`);
      intents.push({ at, client, operation: 'roll-out', arguments: { name: stream.pick(['web', 'queue']), image } });
    }
    return intents;
  });
}

import { expect, test } from 'vitest';
import { defineScenario } from '../../scenarios/define-scenario.ts';
import { plan } from '../../scenarios/run-spec.ts';
import { kind, ms, seconds, type Property } from '../../sim/index.ts';
import type { LoadedScenario } from './load-scenario.ts';
import { shrinkPlan } from './shrink-plan.ts';

const tick = kind<null>('my/tick');

/** Fails while `b` stands still for long. */
const awake: Property = {
  id: 'my/awake',
  kind: 'always',
  title: 'nobody sleeps long',
  monitor: (report, scene) => {
    let sinceUs: number | null = null;
    return {
      stepped() {
        const isPaused = scene.processes().some(({ name, paused }) => name === 'b' && paused);
        sinceUs = isPaused ? (sinceUs ?? scene.nowUs()) : null;
        if (sinceUs !== null && sinceUs < scene.nowUs() - ms(100)) report.violated('b sleeps');
      },
    };
  },
};

const scenario = defineScenario({
  name: 'sleepers',
  title: 'two processes',
  healAtUs: seconds(1),
  endUs: seconds(2),
  onlyTheseProperties: true,
  properties: [awake],
  faults: [
    { at: ms(10), do: 'pause', target: 'a', for: ms(50) },
    { at: ms(20), do: 'pause', target: 'b', for: ms(300) },
    { at: ms(30), do: 'pause', target: 'a', for: ms(50) },
  ],
  build(world) {
    for (const name of ['a', 'b']) {
      world.process({
        name,
        region: 'east',
        boot(os) {
          const start = (): void => void os.after(ms(5), tick, start);
          return { start };
        },
      });
    }
  },
});

test('answers that do not hold any more are asked for again, and lead to no run that passes', async () => {
  const loaded: LoadedScenario = { scenario, userFile: null };
  const job = {
    do: 'shrink',
    source: { kind: 'catalogue', name: 'sleepers' },
    plan: plan({ scenario, seed: 1 }),
    answeredBy: null,
    recordingFolder: '.',
  } as const;
  const contact = { progress: () => undefined, cancelled: new AbortController().signal };
  const afresh = await shrinkPlan({ ...job, answers: [] }, loaded, contact);
  expect(afresh).toMatchObject({
    property: 'my/awake',
    after: { faults: 1 },
    recording: { violation: { property: 'my/awake' } },
  });
  // As if all that was left out had been needed for nothing.
  const misled = await shrinkPlan(
    { ...job, answers: Array.from({ length: afresh.runs }, () => ({ timeUs: 1, events: 1 })) },
    loaded,
    contact,
  );
  expect(misled).toEqual(afresh);
});

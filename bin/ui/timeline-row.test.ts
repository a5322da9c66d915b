import { expect, test } from 'vitest';
import { EventType, type RunSpec } from '../../sim/index.ts';
import { lanesOf, placeLanes } from './lanes.ts';
import { plain } from './line.ts';
import { surveyedModel } from './testing/model.ts';
import { pingPong } from './testing/ping-pong.ts';
import { laneCells } from './timeline-row.ts';
import type { TraceEvent } from './trace.ts';

/** The small world beside some who do nothing; the lane of `a2` is the second, though it was made last of them. */
function crowded(): RunSpec {
  const spec = pingPong(7, false);
  return {
    ...spec,
    properties: [],
    build: (world) => {
      for (const name of ['a1', 'z1', 'y1', 'z2', 'a2'])
        world.process({ name, region: 'east', boot: () => ({ start: () => undefined }) });
      spec.build(world);
    },
  };
}

const { survey } = surveyedModel(crowded());
const lanes = lanesOf(survey.processes);

/** The lanes that have room for two of them, around a process, at a message between two others. */
function shown(around: string, source: string, target: string): string {
  const at = (name: string): number => survey.processes.findIndex((process) => process.name === name);
  const plan = placeLanes(
    lanes,
    4,
    lanes.findIndex(({ process }) => process === at(around)),
  );
  const event: TraceEvent = {
    ...survey.trace.event(survey.trace.length),
    type: EventType.datagram,
    outcome: 'handled',
    source: at(source),
    target: at(target),
  };
  return plain(laneCells(survey, plan, event, -1));
}

test.each([
  ['to the right', 'a1', 'n1', 'n3', '│ │›'],
  ['to the right, the other way', 'a1', 'n3', 'n1', '│ │›'],
  ['to the left', 'n3', 'a1', 'z1', '‹ │ '],
  ['to the right, of one process', 'a1', 'n1', 'n1', '│ │›'],
])('what happens out of sight %s is one mark at that edge', (_where, around, source, target, cells) => {
  expect(shown(around, source, target)).toBe(cells);
});

test.each([
  ['from one side to the other', 'y1', 'a1', 'n3', '───►'],
  ['and back', 'y1', 'n3', 'a1', '◄───'],
  ['in from the left', 'n3', 'a1', 'n3', '─►● '],
  ['out to the left, by the order of lanes', 'y1', 'y1', 'a2', '◄─┤ '],
])('an arrow crosses the lanes when it goes %s', (_how, around, source, target, cells) => {
  expect(shown(around, source, target)).toBe(cells);
});

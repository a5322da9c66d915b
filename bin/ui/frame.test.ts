import { renderToString } from 'ink';
import { createElement } from 'react';
import { expect, test } from 'vitest';
import { catalogue } from '../../scenarios/catalogue/index.ts';
import { plan, runSpec } from '../../scenarios/run-spec.ts';
import type { RunSpec } from '../../sim/index.ts';
import { FrameView } from './frame-view.ts';
import { view } from './frame.ts';
import { reduce } from './reduce.ts';
import { keyManual } from './testing/key-manual.ts';
import type { Model } from './model.ts';
import { startedModel, surveyedModel } from './testing/model.ts';
import { pingPong } from './testing/ping-pong.ts';
import { initialViewState } from './view-state.ts';

const model = surveyedModel(pingPong(7));

// oxlint-disable-next-line no-control-regex -- colours begin with one
const colours = /\u001b\[[\d;]*m/g;

/** What a terminal shows; the digest is masked, since every change to the kernel changes it. */
function frame(of: Model, columns: number, rows: number, keys: readonly string[]): string {
  let state = initialViewState(columns, rows);
  for (const key of keys) state = reduce(state, { type: 'key', key }, of);
  const drawn = renderToString(createElement(FrameView, { lines: view(state, of) }), { columns });
  return `${drawn
    .replace(colours, '')
    .replace(/digest [\da-f]{16}/, 'digest ................')
    .replace(/ +$/gm, '')}\n`;
}

test.each([
  ['the-start', 110, 34, []],
  ['a-crash', 110, 34, ['3', '}', '}', '}']],
  ['the-violation', 110, 34, ['v']],
  ['stacked', 80, 32, ['v']],
  ['one-pane', 52, 14, ['v', '3']],
  ['one-pane-maximised', 110, 24, ['v', 'tab', 'O']],
  ['filtered', 110, 24, ['&', 'f', 's', 'y', 'n', 'c', 'enter', '9', 'l']],
  ['reproduce', 80, 16, ['v', 'y']],
  ['help', 110, 44, ['?']],
])('the frame %s is as it was', async (name, columns, rows, keys) => {
  await expect(frame(model, columns, rows, keys)).toMatchFileSnapshot(`frames/${name}.txt`);
});

test('the frame of a run that is still ahead is as it was', async () => {
  const ahead = startedModel(pingPong(7));
  ahead.survey.advance(60);
  await expect(frame(ahead, 110, 24, ['G', '4', '0', 'l', '/', 'x', 'x', 'enter'])).toMatchFileSnapshot('frames/still-ahead.txt');
});

/** A platform on a small screen, which most lanes have no room on, up to the end of the first pause of a leader. */
function oldLeader(): Model {
  const scenario = catalogue.find(({ name }) => name === 'old-leader-resumes');
  if (scenario === undefined) throw new Error('the scenario is gone');
  const spec: RunSpec = runSpec(scenario, plan({ scenario, seed: 1, design: {}, defects: [] }));
  const platform = startedModel(spec, { scenario: scenario.name, challenges: scenario.challenges ?? null });
  while (platform.survey.nowUs < 9_000_000) platform.survey.advance(500);
  return platform;
}

test('the frame of a leader that stands still is as it was, whatever else the platform does meanwhile', async () => {
  const keys = ['&', 'r', 'o', 'l', 'e', ':', 'enter', 'l', 'l', '5', 'j', 'j'];
  // How many events there are between the faults changes with the model.
  const shown = frame(oldLeader(), 80, 24, keys)
    .replace(/running ahead: [\d.]+ s, \d+ events/, (text) => text.replaceAll(/\d/g, '0'))
    .replaceAll(/(?<![\d.])\d{4,}(?! s)/g, (number) => '#'.padStart(number.length));
  await expect(shown).toMatchFileSnapshot('frames/a-leader-stands-still.txt');
});

test('the manual has the keys of the key table', async () => {
  await expect(keyManual()).toMatchFileSnapshot('../../docs/step-keys.md');
});

import { renderToString } from 'ink';
import { createElement } from 'react';
import { expect, test } from 'vitest';
import { FrameView } from './frame-view.ts';
import { view } from './frame.ts';
import { reduce } from './reduce.ts';
import { keyManual } from './testing/key-manual.ts';
import { surveyedModel } from './testing/model.ts';
import { pingPong } from './testing/ping-pong.ts';
import { initialViewState } from './view-state.ts';

const model = surveyedModel(pingPong(7));

// oxlint-disable-next-line no-control-regex -- colours begin with one
const colours = /\u001b\[[\d;]*m/g;

/** What a terminal shows; the digest is masked, since every change to the kernel changes it. */
function frame(columns: number, rows: number, keys: readonly string[]): string {
  let state = initialViewState(columns, rows);
  for (const key of keys) state = reduce(state, { type: 'key', key }, model);
  const drawn = renderToString(createElement(FrameView, { lines: view(state, model) }), { columns });
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
  await expect(frame(columns, rows, keys)).toMatchFileSnapshot(`frames/${name}.txt`);
});

test('the manual has the keys of the key table', async () => {
  await expect(keyManual()).toMatchFileSnapshot('../../docs/step-keys.md');
});

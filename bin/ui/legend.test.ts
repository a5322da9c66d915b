import { expect, test } from 'vitest';
import { view } from './frame.ts';
import { legend } from './legend.ts';
import { plain } from './line.ts';
import { surveyedModel } from './testing/model.ts';
import { pingPong } from './testing/ping-pong.ts';
import { initialViewState } from './view-state.ts';

const explained = new Set(legend.flatMap(({ signs }) => signs.flatMap(([glyph]) => glyph.split(' '))));
/** What rules and arrows are drawn with, and what words contain. */
const SELF_EVIDENT = '─━┬├┤►◄╌→…·‹›µ';

test.each(['▒', '┼', '┏', '┃', '┗', '‹', '›', 'M', 'A', 'D', '✗', '◌', '·', '✓', '●', '○', '*', '◆', '◇', '┊', '‖', '×'])(
  '%s is explained',
  (glyph) => {
    expect(explained).toContain(glyph);
  },
);

test('no glyph is on the screen that the legend does not have', () => {
  const model = surveyedModel(pingPong(7));
  for (let cursor = 0; cursor <= model.survey.trace.length; cursor++) {
    const text = view({ ...initialViewState(130, 40), cursor }, model)
      .map(plain)
      .join('');
    const strange = [...new Set(text.match(/[^ -~]/gu))].filter(
      (glyph) => !explained.has(glyph) && !SELF_EVIDENT.includes(glyph),
    );
    expect({ cursor, strange }).toEqual({ cursor, strange: [] });
  }
});

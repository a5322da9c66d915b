/** The help overlay: every key and every glyph, from the tables that the program itself works with. */
import { fit } from './cell-width.ts';
import { keymap, showKey, type KeyGroup } from './keymap.ts';
import { BLANK, fitLine, line, span, type Line } from './line.ts';
import { legend, type LegendSection } from './legend.ts';

const GROUPS: readonly KeyGroup[] = ['Through time', 'Through causes', 'Panes', 'Finding', 'Playing', 'Leaving'];
const KEY_WIDTH = 10;
const GLYPH_WIDTH = 6;
const GAP = 3;

/** The help screen, from row `first` of its text on. */
export function helpScreen(columns: number, rows: number, first: number): readonly Line[] {
  const text = helpText(columns);
  const room = helpRows(rows);
  const more = text.length > room ? `  j k scroll (${Math.min(first + room, text.length)} of ${text.length})` : '';
  return [
    ...text.slice(first, first + room),
    BLANK,
    line(`20l repeats a key with * 20 times.  ? Esc q close${more}`, { dim: true }),
  ];
}

/** The last row that the help text can begin with. */
export function helpRowLast(columns: number, rows: number): number {
  return Math.max(0, helpText(columns).length - helpRows(rows));
}

/** How many rows of its text are shown. */
export function helpRows(rows: number): number {
  return Math.max(1, rows - 2);
}

/** In two columns when there is room. */
function helpText(columns: number): readonly Line[] {
  if (columns < 100) return [...groupsLines(GROUPS), ...legendLines(legend)];
  const left = [...groupsLines(GROUPS.slice(0, 3)), ...legendLines(legend.slice(2))];
  const right = [...groupsLines(GROUPS.slice(3)), ...legendLines(legend.slice(0, 2))];
  return beside(left, right, Math.floor((columns - GAP) / 2));
}

function groupsLines(groups: readonly KeyGroup[]): readonly Line[] {
  return groups.flatMap((group) => [
    line(group, { bold: true, colour: 'cyan' }),
    ...keymap
      .filter((binding) => binding.group === group)
      .map(({ keys, help, counts }): Line => [
        span(fit(`${keys.map(showKey).join(' ')}${counts ? '*' : ''}`, KEY_WIDTH), { bold: true }),
        span(` ${help}`),
      ]),
  ]);
}

function legendLines(sections: readonly LegendSection[]): readonly Line[] {
  return sections.flatMap(({ title, signs }) => [
    line(`Glyphs: ${title.toLowerCase()}`, { bold: true, colour: 'cyan' }),
    ...signs.map(([glyph, means]): Line => [span(fit(glyph, GLYPH_WIDTH), { bold: true }), span(means)]),
  ]);
}

function beside(left: readonly Line[], right: readonly Line[], width: number): readonly Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => [
    ...fitLine(left[at] ?? BLANK, width),
    span(' '.repeat(GAP)),
    ...fitLine(right[at] ?? BLANK, width),
  ]);
}

/** All properties, and how each stands at the event looked at. */
import { cellWidth, wrap } from './cell-width.ts';
import { line, lineWidth, span, type Line, type Span } from './line.ts';
import type { Model } from './model.ts';
import { propertyRows, type PropertyRow, type PropertyStatus } from './property-rows.ts';
import { CHALLENGED, PROPERTY_WORDS } from './property-words.ts';
import { signsOf, type Sign } from './sign.ts';
import type { ViewState } from './view-state.ts';

const STATUS: Readonly<Record<PropertyStatus, Span>> = {
  violated: { text: '✗', colour: 'magentaBright', bold: true },
  missed: { text: '✗', colour: 'magentaBright', bold: true },
  pending: { text: '◌', colour: 'yellow' },
  later: { text: '·', dim: true },
  holds: { text: '✓', colour: 'blueBright' },
  reached: { text: '✓', colour: 'blueBright' },
  hit: { text: '●', colour: 'blueBright' },
  unseen: { text: '○', dim: true },
};

export const propertySigns: readonly Sign[] = [
  ...signsOf(STATUS, PROPERTY_WORDS),
  [CHALLENGED, 'after its name: what this scenario challenges'],
];

export function propertiesPane(state: ViewState, model: Model, width: number, rows: number): readonly Line[] {
  const properties = propertyRows(model, state.cursor);
  if (properties.length === 0) return [line('This run judges nothing.', { dim: true })];
  const chosen = state.pane === 'properties' ? state.rowsDown.properties : -1;
  const first = Math.max(0, Math.min(Math.max(chosen, 0) - rows + 1, properties.length - rows));
  return properties
    .slice(first)
    .flatMap((row, at) => propertyLines(row, first + at === chosen, width))
    .slice(0, rows);
}

function propertyLines(
  { id, status, title, message, isChallenged }: PropertyRow,
  chosen: boolean,
  width: number,
): readonly Line[] {
  const bad = status === 'violated' || status === 'missed';
  const name = span(`${chosen ? '►' : ' '}${id}${isChallenged ? CHALLENGED : ''}`, {
    inverse: chosen,
    ...(bad ? { bold: true, colour: 'magentaBright' } : {}),
  });
  const words = PROPERTY_WORDS[status] + (message === '' ? '' : `: ${message}`);
  // What is bad is told in full; of the rest the glyph says enough where the line is short.
  if (bad) return [[STATUS[status], name], ...wrap(words, width - 2).map((text) => line(`  ${text}`))];
  const room = width - lineWidth([STATUS[status], name]) - 2;
  const remarks = status === 'holds' ? [title] : [`${words}  ${title}`, words, PROPERTY_WORDS[status]];
  const remark = remarks.find((text) => cellWidth(text) <= room) ?? '';
  return [[STATUS[status], name, span(remark === '' ? '' : `  ${remark}`, { dim: true })]];
}

/**
 * Draws a sequence diagram as SVG: a document of its own, that needs nothing from anywhere. Knows
 * no host, so that a page can use it.
 */
import type { Sequence, SequenceBand, SequenceRow } from '../../replay/explain/sequence.ts';
import { formatTime } from '../../sim/time.ts';
import { printable } from '../ui/cell-width.ts';
import { xmlEscaped } from '../xml-text.ts';
import { shortened, wrapped } from './fitted-text.ts';

const WIDTH = 1_280;
const TIME_WIDTH = 110;
const MARGIN = 24;
const HEAD = 76;
const ROW = 34;
const NOTE = 17;
/** Of the text at arrows and marks; about so wide is a character. */
const FONT = 13;
const CHARACTER = 7;

interface Place {
  readonly y: number;
  readonly height: number;
}

/** `width`: of the drawing, in pixels. */
export function sequenceSvg(sequence: Sequence, width = WIDTH): string {
  const { lifelines, rows, bands, title } = sequence;
  const layout = new Layout(sequence, width);
  const { height } = layout;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-sans-serif, system-ui, 'DejaVu Sans', sans-serif" font-size="${FONT}" role="img">`,
    `<title>${svgText(title)}</title>`,
    STYLE,
    `<rect width="${width}" height="${height}" class="paper"/>`,
    ...rows.flatMap((row, at) => (row.essential ? [stripe(layout.place(at), width, row)] : [])),
    ...lifelines.map(
      (_, at) => `<line class="life" x1="${layout.x(at)}" x2="${layout.x(at)}" y1="${HEAD - 22}" y2="${height - MARGIN}"/>`,
    ),
    ...bands.map((band) => drawBand(band, layout)),
    ...lifelines.map((name, at) => drawHead(name, layout.x(at), layout.pitch)),
    ...rows.map((row, at) => drawRow(row, layout.place(at), layout)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

class Layout {
  readonly width: number;
  readonly height: number;
  readonly pitch: number;
  private readonly places: readonly Place[];

  constructor({ lifelines, rows }: Sequence, width: number) {
    this.width = width;
    this.pitch = (width - TIME_WIDTH - MARGIN) / Math.max(1, lifelines.length);
    let y = HEAD;
    const places: Place[] = [];
    for (const row of rows) {
      const lines = this.linesOf(row).length - 1 + row.notes.flatMap((note) => wrapped(note, this.noteCharacters)).length;
      const height = ROW + lines * NOTE;
      places.push({ y, height });
      y += height;
    }
    this.places = places;
    this.height = y + MARGIN;
  }

  x(lifeline: number): number {
    return Math.round(TIME_WIDTH + this.pitch * (lifeline + 0.5));
  }

  place(row: number): Place {
    return this.places[row] as Place;
  }

  get noteCharacters(): number {
    return Math.floor((this.width - TIME_WIDTH - MARGIN) / CHARACTER);
  }

  /** The text of a row: across the drawing for the violation, beside its mark or arrow otherwise. */
  linesOf({ type, words }: SequenceRow): readonly string[] {
    return type === 'violation' ? wrapped(`✗ ${words}`, this.noteCharacters - 4) : [words];
  }
}

const STYLE = `<style>
.paper{fill:#fff}.life{stroke:#9aa4b2;stroke-dasharray:3 3}.time{fill:#5b6675;font-variant-numeric:tabular-nums}
.name{font-weight:600;fill:#1b2430}.box{fill:#eef2f7;stroke:#9aa4b2}
.text{fill:#1b2430;paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}.quiet{fill:#5b6675}
.arrow{stroke:#1f6fb2;stroke-width:1.6;fill:none}.head{fill:#1f6fb2}.pale{opacity:.62}
.fault{fill:#c05a00}.life-end{fill:#a3246d}.life-start{fill:#2a7d3f}.crossing{fill:#1f6fb2}.change{fill:#5b3fb2}.violation{fill:#b00020;font-weight:600}
.stripe{fill:#fff6e0}.broken{fill:#fde8ec}
.band{opacity:.5}.paused{fill:#f2b25c}.down{fill:#d58bb5}.cut{fill:#c9b8f0}
.note{fill:#7a4b00;font-style:italic}
</style>`;

function stripe({ y, height }: Place, width: number, { type }: SequenceRow): string {
  return `<rect class="${type === 'violation' ? 'broken' : 'stripe'}" x="0" y="${y}" width="${width}" height="${height - 2}"/>`;
}

function drawHead(name: string, x: number, pitch: number): string {
  const shown = shortened(name, Math.floor((pitch - 16) / CHARACTER));
  const boxWidth = Math.min(pitch - 8, shown.length * (CHARACTER + 1) + 20);
  return `<rect class="box" x="${x - boxWidth / 2}" y="${MARGIN}" width="${boxWidth}" height="28" rx="5"/><text class="name" x="${x}" y="${MARGIN + 19}" text-anchor="middle">${svgText(shown)}</text>`;
}

function drawBand({ lifeline, how, firstRow, lastRow }: SequenceBand, layout: Layout): string {
  const top = layout.place(firstRow).y + ROW / 2;
  const last = layout.place(lastRow);
  const bottom = firstRow === lastRow ? last.y + last.height : last.y + ROW / 2;
  const kind = how === 'cut off' ? 'cut' : how;
  return `<rect class="band ${kind}" x="${layout.x(lifeline) - 6}" y="${top}" width="12" height="${bottom - top}" rx="3"><title>${how}</title></rect>`;
}

function drawRow(row: SequenceRow, { y, height }: Place, layout: Layout): string {
  const middle = y + ROW / 2 + 4;
  const time = `<text class="time" x="12" y="${middle}">${formatTime(row.timeUs)}</text>`;
  const drawn =
    row.from !== null && row.at !== null && row.from !== row.at ? drawArrow(row, middle, layout) : drawMark(row, middle, layout);
  const lines = row.notes.flatMap((note) => wrapped(note, layout.noteCharacters));
  const notes = lines.map(
    (line, at) =>
      `<text class="text note" x="${TIME_WIDTH + 8}" y="${y + height - 8 - (lines.length - 1 - at) * NOTE}">${svgText(line)}</text>`,
  );
  return `<g><title>${svgText(`step ${row.step}`)}</title>${time}${drawn}${notes.join('')}</g>`;
}

function drawArrow({ from, at, words, essential }: SequenceRow, y: number, layout: Layout): string {
  const [start, end] = [layout.x(from as number), layout.x(at as number)];
  const direction = start < end ? 1 : -1;
  const tip = end - direction * 2;
  const head = `${tip},${y + 3} ${tip - direction * 9},${y - 2} ${tip - direction * 9},${y + 8}`;
  const pale = essential ? '' : ' pale';
  const line = `<line class="arrow${pale}" x1="${start}" x2="${tip - direction * 6}" y1="${y + 3}" y2="${y + 3}"/><polygon class="head${pale}" points="${head}"/>`;
  const { x, anchor, room } = textAlong(start, end, words, layout.width);
  return `${line}<text class="text${essential ? '' : ' quiet'}" x="${x}" y="${y - 4}" text-anchor="${anchor}">${svgText(shortened(words, room))}</text>`;
}

/** Above its arrow when that is long enough, else as far beyond it as the drawing goes. */
function textAlong(
  start: number,
  end: number,
  words: string,
  width: number,
): { readonly x: number; readonly anchor: string; readonly room: number } {
  const [left, right] = [Math.min(start, end), Math.max(start, end)];
  const needed = words.length * CHARACTER;
  const middle = (left + right) / 2;
  if (middle - needed / 2 >= TIME_WIDTH && middle + needed / 2 <= width - 8)
    return { x: middle, anchor: 'middle', room: words.length };
  if (middle < width / 2) return { x: TIME_WIDTH + 4, anchor: 'start', room: Math.floor((width - TIME_WIDTH - 12) / CHARACTER) };
  return { x: width - 8, anchor: 'end', room: Math.floor((width - TIME_WIDTH - 12) / CHARACTER) };
}

const MARKS: Readonly<Record<SequenceRow['type'], { readonly sign: string; readonly style: string }>> = {
  fault: { sign: '◆', style: 'fault' },
  heal: { sign: '◇', style: 'fault' },
  operation: { sign: '▷', style: 'crossing' },
  start: { sign: '▲', style: 'life-start' },
  end: { sign: '▼', style: 'life-end' },
  message: { sign: '●', style: 'crossing' },
  event: { sign: '◔', style: 'crossing' },
  crossing: { sign: '■', style: 'crossing' },
  change: { sign: '◈', style: 'change' },
  violation: { sign: '✗', style: 'violation' },
};

/** A sign on the lifeline and words beside it: to the right, or to the left where there is more room. */
function drawMark(row: SequenceRow, y: number, layout: Layout): string {
  const { type, at, from, words } = row;
  const { sign, style } = MARKS[type];
  if (type === 'violation') {
    const mark =
      at === null ? '' : `<text class="violation" x="${layout.x(at)}" y="${y}" text-anchor="middle" font-size="20"> </text>`;
    return (
      mark +
      layout
        .linesOf(row)
        .map((line, i) => `<text class="text violation" x="${TIME_WIDTH + 8}" y="${y + i * NOTE}">${svgText(line)}</text>`)
        .join('')
    );
  }
  const lifeline = at ?? from;
  if (lifeline === null)
    return `<text class="text ${style}" x="${TIME_WIDTH + 8}" y="${y}">${svgText(shortened(`${sign} ${words}`, layout.noteCharacters))}</text>`;
  const x = layout.x(lifeline);
  const isLeft = x > layout.width * 0.55;
  const room = Math.floor(((isLeft ? x - TIME_WIDTH : layout.width - x) - 24) / CHARACTER);
  return (
    `<text class="${style}" x="${x}" y="${y + 1}" text-anchor="middle" font-size="16">${sign}</text>` +
    `<text class="text ${style}" x="${isLeft ? x - 14 : x + 14}" y="${y}" text-anchor="${isLeft ? 'end' : 'start'}">${svgText(shortened(words, room))}</text>`
  );
}

/** On one line, and without control characters. */
function svgText(text: string): string {
  return xmlEscaped(printable(text));
}

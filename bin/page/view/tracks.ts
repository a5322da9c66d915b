/** Draws the tracks of the timeline for a window of time. */
import { duration } from '../../ui/duration.ts';
import type { FaultBar, Office, Overview, Reign } from '../protocol.ts';
import { eventAt, regionClass, timeOf } from './app.ts';
import { svg, type Child } from './dom.ts';
import { ticks, type TimeWindow } from './window.ts';
import { cut } from './words.ts';

/** Room for the names at the left. */
export const GUTTER = 112;

const AXIS_HEIGHT = 22;
const DENSITY_HEIGHT = 26;
const ROW_HEIGHT = 15;
const GAP = 5;
/** More offices or faults at a time than this share the last row. */
const OFFICE_ROWS_MAX = 5;
const FAULT_ROWS_MAX = 5;
/** Width of a character in a bar, about. */
const CHARACTER = 6;
const TICK_EVERY = 110;

/** Which rows there are, whatever the window. */
export interface Tracks {
  readonly offices: readonly Office[];
  /** Those that one process held all the time have no row. */
  readonly steadyOffices: number;
  readonly faultRows: number;
  readonly officesY: number;
  readonly faultsY: number;
  readonly height: number;
}

export function tracksOf({ offices, faults }: Overview): Tracks {
  // Who leads the store is always told; of the others those that changed hands, most often first.
  const [store, ...elected] = [...offices]
    .sort((a, b) => b.reigns.length - a.reigns.length)
    .sort((a, b) => Number(b.name === 'store') - Number(a.name === 'store'));
  const shown = [...(store === undefined ? [] : [store]), ...elected.filter(({ reigns }) => reigns.length > 1)].slice(
    0,
    OFFICE_ROWS_MAX,
  );
  const faultRows = Math.min(
    FAULT_ROWS_MAX,
    faults.reduce((most, { column }) => Math.max(most, column + 1), 0),
  );
  const officesY = AXIS_HEIGHT + DENSITY_HEIGHT + GAP;
  const faultsY = officesY + shown.length * ROW_HEIGHT + GAP;
  return {
    offices: shown,
    steadyOffices: offices.length - shown.length,
    faultRows,
    officesY,
    faultsY,
    height: faultsY + faultRows * ROW_HEIGHT + GAP,
  };
}

/** Everything but the cursor. `width` is that of the drawing to the right of the names. */
export function drawTracks(overview: Overview, tracks: Tracks, window: TimeWindow, width: number): readonly SVGElement[] {
  const at = (timeUs: number): number => GUTTER + ((timeUs - window.fromUs) / (window.toUs - window.fromUs)) * width;
  const x = (event: number): number => at(timeOf(overview, event));
  const place: Place = { overview, window, width, at, x };
  return [
    ...axis(place, tracks.height),
    name('events', AXIS_HEIGHT + DENSITY_HEIGHT - 6),
    density(place),
    ...tracks.offices.flatMap((office, row) => officeRow(place, office, tracks.officesY + row * ROW_HEIGHT)),
    ...(tracks.faultRows === 0 ? [] : [name('faults', tracks.faultsY + ROW_HEIGHT - 4)]),
    ...overview.faults.flatMap((fault) => faultBar(place, fault, tracks)),
    ...marks(place, tracks.height),
  ];
}

interface Place {
  readonly overview: Overview;
  readonly window: TimeWindow;
  readonly width: number;
  readonly at: (timeUs: number) => number;
  readonly x: (event: number) => number;
}

function name(text: string, y: number): SVGElement {
  return svg('text', { class: 'track-name', x: 4, y }, text);
}

function axis({ window, width, at }: Place, height: number): readonly SVGElement[] {
  return ticks(window, Math.floor(width / TICK_EVERY)).flatMap((timeUs) => [
    svg('line', { class: 'tick', x1: at(timeUs), x2: at(timeUs), y1: AXIS_HEIGHT - 5, y2: height }),
    svg(
      'text',
      { class: at(timeUs) > GUTTER + width - 16 ? 'tick-time last' : 'tick-time', x: at(timeUs), y: 12 },
      timeUs === 0 ? '0' : `${Number((timeUs / 1_000_000).toFixed(6))} s`,
    ),
  ]);
}

/** How many events there were, in every second pixel. */
function density({ overview, window, width }: Place): SVGElement {
  const bins = Math.max(1, Math.floor(width / 2));
  const perBinUs = (window.toUs - window.fromUs) / bins;
  const heights: number[] = [];
  let before = window.fromUs <= 0 ? 0 : eventAt(overview, window.fromUs - 1);
  for (let bin = 1; bin <= bins; bin++) {
    const upTo = eventAt(overview, window.fromUs + bin * perBinUs);
    heights.push(upTo - before);
    before = upTo;
  }
  const most = Math.max(1, ...heights);
  const bottom = AXIS_HEIGHT + DENSITY_HEIGHT - 2;
  // Roots, so that a burst does not flatten everything else.
  const path = heights
    .map((height, bin) => `M${GUTTER + bin * 2 + 1} ${bottom}v-${(Math.sqrt(height / most) * (DENSITY_HEIGHT - 4)).toFixed(1)}`)
    .join('');
  return svg('path', { class: 'density', d: path });
}

function officeRow(place: Place, office: Office, y: number): readonly SVGElement[] {
  return [
    name(office.name === 'store' ? 'store leader' : office.name, y + 11),
    ...office.reigns.flatMap((reign) => reignBar(place, office, reign, y)),
  ];
}

function reignBar(
  place: Place,
  { name: office }: Office,
  { number, process, first, last }: Reign,
  y: number,
): readonly SVGElement[] {
  if (process < 0) return [];
  const holder = place.overview.processes[process]?.name ?? '';
  // Within its group the rest of a name says who it is, unless that is a mere number.
  const short = new RegExp(`^${office}-(?!\\d)`).test(holder) ? holder.slice(office.length + 1) : holder;
  const numbered = office === 'store' ? `term ${number}` : `token ${number}`;
  return bar(place, {
    first,
    last,
    y,
    labels: [`${short} · ${numbered}`, `${short} ${number}`, short],
    class: `reign ${regionClass(place.overview, process)}`,
    title: `${holder} is ${office === 'store' ? 'leader of the store' : office}, ${numbered}`,
  });
}

/** Where more faults last at a time than there are rows, those that share the last row are told of only on request. */
function faultBar(place: Place, { words, first, last, column }: FaultBar, { faultsY, faultRows }: Tracks): readonly SVGElement[] {
  const row = Math.min(column, faultRows - 1);
  const isAlone = row < FAULT_ROWS_MAX - 1 || !place.overview.faults.some((other) => other.column >= FAULT_ROWS_MAX);
  const lasted = last === first ? '' : `, ${duration(timeOf(place.overview, last) - timeOf(place.overview, first))}`;
  return bar(place, {
    first,
    last,
    y: faultsY + row * ROW_HEIGHT,
    labels: isAlone ? [words, words.replace(/ for [\d.]+ s$/, '')] : [],
    class: isAlone ? 'fault-bar' : 'fault-bar shared',
    title: words + lasted,
  });
}

interface Bar {
  readonly first: number;
  readonly last: number;
  readonly y: number;
  /** The longer ones first; the last is cut where even that has no room. */
  readonly labels: readonly string[];
  readonly class: string;
  readonly title: string;
}

/** A bar, cut to the window, with as much of its label as there is room for. */
function bar({ width, x }: Place, { first, last, y, labels, class: style, title }: Bar): readonly SVGElement[] {
  const from = Math.max(GUTTER, x(first));
  const to = Math.min(GUTTER + width, x(last));
  if (to < GUTTER || from > GUTTER + width) return [];
  const wide = Math.max(2.5, to - from - 0.5);
  const room = Math.floor((wide - 8) / CHARACTER);
  const text = labels.find((label) => label.length <= room) ?? cut(labels.at(-1) ?? '', room);
  const children: Child[] = [
    svg('title', {}, title),
    svg('rect', { x: from, y: y + 1, width: wide, height: ROW_HEIGHT - 3, rx: 2.5 }),
    text === '' ? null : svg('text', { x: from + 4, y: y + 10.5 }, text),
  ];
  return [svg('g', { class: style }, ...children)];
}

/** The heal, and what broke. */
function marks({ overview, window, at }: Place, height: number): readonly SVGElement[] {
  const mark = (event: number, style: string, title: string): readonly SVGElement[] => {
    const timeUs = timeOf(overview, event);
    if (event === 0 || timeUs < window.fromUs || timeUs > window.toUs) return [];
    const shape =
      style === 'broken'
        ? [svg('path', { d: 'M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5', transform: `translate(0 ${AXIS_HEIGHT + 5})` })]
        : [];
    return [
      svg(
        'g',
        { class: `mark ${style}`, transform: `translate(${at(timeUs).toFixed(1)} 0)` },
        svg('title', {}, title),
        svg('line', { y1: AXIS_HEIGHT - 5, y2: height }),
        ...shape,
      ),
    ];
  };
  return [
    ...mark(overview.healed, 'healed', 'all faults are healed'),
    ...mark(overview.broken, 'broken', overview.violation?.property ?? overview.failure ?? ''),
  ];
}

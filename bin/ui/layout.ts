/** Divides the screen among the panes. */
import { panes, type Pane, type ViewState } from './view-state.ts';

export interface PaneRect {
  readonly pane: Pane;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** With the title line. */
  readonly height: number;
}

export interface Layout {
  readonly headerRows: number;
  readonly panes: readonly PaneRect[];
}

/** From here on the lower panes stand side by side. */
const WIDE_COLUMNS = 100;
const WIDE_ROWS = 22;
/** Below this there is room for one pane. */
const ONE_COLUMNS = 60;
const ONE_ROWS = 16;
const FOOTER_ROWS = 1;

export function layoutOf({ columns, rows, pane, maximised }: Pick<ViewState, 'columns' | 'rows' | 'pane' | 'maximised'>): Layout {
  const small = columns < ONE_COLUMNS || rows < ONE_ROWS;
  const headerRows = Math.min(small ? 1 : 3, Math.max(0, rows - 2));
  const height = Math.max(0, rows - headerRows - FOOTER_ROWS);
  const area = { x: 0, y: headerRows, width: columns, height };
  if (small || maximised) return { headerRows, panes: [{ pane, ...area }] };
  if (columns >= WIDE_COLUMNS && rows >= WIDE_ROWS) return { headerRows, panes: sideBySide(columns, headerRows, height) };
  return { headerRows, panes: stacked(columns, headerRows, height, pane) };
}

/** The timeline above, the others below in three columns. */
function sideBySide(columns: number, y: number, height: number): readonly PaneRect[] {
  const upper = Math.round(height * 0.56);
  const lower = height - upper;
  const eventWidth = Math.round(columns * 0.41);
  const stateWidth = Math.round(columns * 0.31);
  const restX = eventWidth + stateWidth;
  const faultsHeight = Math.max(4, Math.round(lower * 0.42));
  const below = y + upper;
  return [
    { pane: 'timeline', x: 0, y, width: columns, height: upper },
    { pane: 'event', x: 0, y: below, width: eventWidth, height: lower },
    { pane: 'state', x: eventWidth, y: below, width: stateWidth, height: lower },
    { pane: 'properties', x: restX, y: below, width: columns - restX, height: lower - faultsHeight },
    { pane: 'faults', x: restX, y: below + lower - faultsHeight, width: columns - restX, height: faultsHeight },
  ];
}

/** The timeline above; below it as many of the others as have room, the one in use among them. */
function stacked(columns: number, y: number, height: number, focus: Pane): readonly PaneRect[] {
  const lower = Math.floor(height / 2);
  const room = Math.max(1, Math.min(panes.length - 1, Math.floor(lower / 5)));
  const others = panes.filter((pane) => pane !== 'timeline');
  const order: readonly Pane[] = ['event', 'state', 'properties', 'faults'];
  const chosen = focus === 'timeline' ? order.slice(0, room) : [focus, ...order.filter((pane) => pane !== focus)].slice(0, room);
  const shown = others.filter((pane) => chosen.includes(pane));
  // The event has most to say.
  const shares = shown.map((pane) => (pane === 'event' ? 1.4 : 1));
  const total = shares.reduce((sum, share) => sum + share, 0);
  let top = y + height - lower;
  const rects: PaneRect[] = [{ pane: 'timeline', x: 0, y, width: columns, height: top - y }];
  shown.forEach((pane, at) => {
    const last = at === shown.length - 1;
    const tall = last ? y + height - top : Math.round((lower * (shares[at] as number)) / total);
    rects.push({ pane, x: 0, y: top, width: columns, height: tall });
    top += tall;
  });
  return rects;
}

/** Columns of content: beside another pane stands a rule. */
export function innerWidth({ x, width }: PaneRect): number {
  return x === 0 ? width : width - 2;
}

/** Columns of content in a pane; 0 when it is not shown. */
export function contentWidth(layout: Layout, pane: Pane): number {
  const rect = layout.panes.find((candidate) => candidate.pane === pane);
  return rect === undefined ? 0 : innerWidth(rect);
}

/** Rows of content in a pane; 0 when it is not shown. */
export function contentRows(layout: Layout, pane: Pane): number {
  const rect = layout.panes.find((candidate) => candidate.pane === pane);
  return rect === undefined ? 0 : Math.max(0, rect.height - 1);
}

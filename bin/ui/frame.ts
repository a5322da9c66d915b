/** The whole screen as lines: every one exactly as wide as the screen, and exactly as many as it has rows. */
import { cellWidth } from './cell-width.ts';
import { eventPane } from './event-pane.ts';
import { faultsPane } from './faults-pane.ts';
import { footer } from './footer.ts';
import { header } from './header.ts';
import { helpScreen } from './help.ts';
import { innerWidth, layoutOf, type PaneRect } from './layout.ts';
import { BLANK, fitLine, line, span, type Line } from './line.ts';
import type { Model } from './model.ts';
import { propertiesPane } from './properties-pane.ts';
import { statePane, stateTitle } from './state-pane.ts';
import { timelinePane } from './timeline-pane.ts';
import { panes, type Pane, type ViewState } from './view-state.ts';

type Render = (state: ViewState, model: Model, width: number, rows: number) => readonly Line[];

const RENDER: Readonly<Record<Pane, Render>> = {
  timeline: timelinePane,
  state: statePane,
  event: eventPane,
  properties: propertiesPane,
  faults: faultsPane,
};

/** Draws the screen. A pure function of what the reader has done and what is known of the run. */
export function view(state: ViewState, model: Model): readonly Line[] {
  const { columns, rows } = state;
  const content =
    state.mode === 'help'
      ? helpScreen(columns, rows, state.helpRow)
      : state.mode === 'reproduce'
        ? reproduceScreen(state, model)
        : mainScreen(state, model);
  return Array.from({ length: rows }, (_, at) => fitLine(content[at] ?? BLANK, columns));
}

function mainScreen(state: ViewState, model: Model): readonly Line[] {
  const layout = layoutOf(state);
  const lines: Line[] = [...header(state, model, layout.headerRows)];
  const drawn = layout.panes.map((rect) => ({ rect, lines: paneLines(state, model, rect, corner(layout.panes, rect)) }));
  const bottom = state.rows - 1;
  for (let y = layout.headerRows; y < bottom; y++) lines[y] = acrossPanes(drawn, y);
  lines[bottom] = footer(state);
  return lines;
}

/** The title of a pane and what it shows, exactly as wide and high as its place. */
function paneLines(state: ViewState, model: Model, rect: PaneRect, joint: string): readonly Line[] {
  const { pane, x, width, height } = rect;
  const inner = innerWidth(rect);
  const content = RENDER[pane](state, model, inner, height - 1);
  const title = titleLine(state, model, pane, x === 0 ? width : width - 1);
  return Array.from({ length: height }, (_, at): Line => {
    if (at === 0) return x === 0 ? title : [span(joint, { dim: true }), ...title];
    const text = fitLine(content[at - 1] ?? BLANK, inner);
    return x === 0 ? text : [span('│ ', { dim: true }), ...text];
  });
}

/** Where the rule above a pane meets the rule beside it. */
function corner(rects: readonly PaneRect[], { x, y }: PaneRect): string {
  return rects.some((other) => other.x === x && other.y + other.height === y && x > 0) ? '├' : '┬';
}

/** One row of the screen, put together from the panes it crosses. */
function acrossPanes(drawn: readonly { rect: PaneRect; lines: readonly Line[] }[], y: number): Line {
  return drawn
    .filter(({ rect }) => y >= rect.y && y < rect.y + rect.height)
    .sort((a, b) => a.rect.x - b.rect.x)
    .flatMap(({ rect, lines }) => lines[y - rect.y] ?? BLANK);
}

/** `── 2 state: n1 ─────`; that of the pane in use is bright. */
function titleLine(state: ViewState, model: Model, pane: Pane, width: number): Line {
  const focused = pane === state.pane;
  const name = pane === 'state' ? stateTitle(state, model) : pane;
  const title = ` ${panes.indexOf(pane) + 1} ${name} `;
  const rule = { dim: !focused, bold: focused };
  const left = focused ? '━━' : '──';
  const rest = Math.max(0, width - left.length - cellWidth(title));
  return fitLine(
    [span(left, rule), span(title, { bold: focused, inverse: focused }), span((focused ? '━' : '─').repeat(rest), rule)],
    width,
  );
}

function reproduceScreen({ columns, cursor }: ViewState, { session }: Model): readonly Line[] {
  const command = session.reproduce(cursor);
  const parts: Line[] = [];
  // Broken at the screen's edge and nowhere else: it can be copied as one line from wide screens, and is printed at the end.
  for (let at = 0; at < command.length; at += columns) parts.push(line(command.slice(at, at + columns), { bold: true }));
  return [
    line('This command leads to this event again:', { dim: true }),
    BLANK,
    ...parts,
    BLANK,
    line('It is printed once more when you quit. Any key goes back.', { dim: true }),
  ];
}

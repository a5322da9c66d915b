/** The events around the one looked at: a line for each, with a lane for every process. */
import type { Frame, Row } from '../protocol.ts';
import { regionClass, type App } from './app.ts';
import { html, svg } from './dom.ts';
import { drawLanes, laneHeads, laneWidth, ROW_HEIGHT } from './lanes.ts';
import { clock, count } from './words.ts';

/** Lines that are there while the height of the list is not known. */
const ROWS_AT_FIRST = 20;
/** Of the width of the list, what lanes take at most. */
const LANES_SHARE = 0.42;
/** Pixels of a wheel that make a step. */
const WHEEL_STEP = 30;

export class EventList {
  readonly element: HTMLElement;
  private readonly app: App;
  private readonly heads = html('div', { class: 'lane-heads' });
  private readonly body = html('div', { class: 'rows' });
  private turnedPx = 0;
  private frame: Frame | null = null;

  /** `resized`: there is room for another number of lines. */
  constructor(app: App, resized: () => void) {
    this.app = app;
    this.element = html('section', { class: 'events pane', 'aria-label': 'events' }, this.heads, this.body);
    this.body.addEventListener('click', (click) => {
      const row = (click.target as Element).closest<HTMLElement>('[data-event]');
      if (row !== null) app.go(Number(row.dataset['event']));
    });
    this.body.addEventListener('wheel', (wheel) => this.turn(wheel), { passive: false });
    new ResizeObserver(() => {
      this.draw();
      resized();
    }).observe(this.body);
  }

  /** How many lines there is room for. */
  get rows(): number {
    return this.body.clientHeight === 0 ? ROWS_AT_FIRST : Math.max(3, Math.floor(this.body.clientHeight / ROW_HEIGHT));
  }

  show(frame: Frame): void {
    this.frame = frame;
    this.draw();
  }

  private draw(): void {
    const { app, frame } = this;
    if (frame === null) return;
    const lanes = laneWidth(app.overview, this.body.clientWidth * LANES_SHARE);
    const { selected } = frame;
    this.element.style.setProperty('--lanes', `${lanes}px`);
    this.heads.replaceChildren(
      html('span', {}, 'step'),
      html('span', {}, 'time / s'),
      laneHeads(app.overview, lanes, selected),
      html('span'),
    );
    const rows = frame.rows.map((row) => this.line(row, row.event === frame.event));
    const drawing = svg(
      'svg',
      { class: 'lanes', width: lanes, height: frame.rows.length * ROW_HEIGHT, 'aria-hidden': 'true' },
      ...drawLanes(app.overview, frame.rows, lanes, selected),
    );
    this.body.replaceChildren(...rows, drawing);
  }

  private line({ event, timeUs, words, who, relation, target }: Row, isHere: boolean): HTMLElement {
    const { overview } = this.app;
    const states = [
      isHere ? 'here' : '',
      relation ?? '',
      event === overview.broken && overview.violation?.kind !== 'eventually' ? 'broken' : '',
    ];
    const related = relation === null ? '' : relation === 'cause' ? '↑' : '↓';
    return html(
      'div',
      { class: `row ${states.join(' ')}`, 'data-event': event, 'aria-current': isHere ? 'step' : null },
      html('span', { class: 'number' }, count(event)),
      html('span', { class: 'time' }, clock(timeUs)),
      html('span', { class: 'relation', title: RELATION[related] ?? null }, related),
      html(
        'span',
        { class: 'words', title: `${who}  ${words}` },
        words,
        html('span', { class: `who ${regionClass(overview, target)}` }, who),
      ),
    );
  }

  private turn(wheel: WheelEvent): void {
    wheel.preventDefault();
    this.turnedPx += wheel.deltaY;
    const steps = Math.trunc(this.turnedPx / WHEEL_STEP);
    this.turnedPx -= steps * WHEEL_STEP;
    if (steps !== 0) this.app.go(this.app.event + steps);
  }
}

const RELATION: Readonly<Record<string, string>> = {
  '↑': 'this led to the event looked at',
  '↓': 'the event looked at led to this',
};

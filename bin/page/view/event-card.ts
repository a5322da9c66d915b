/** The event looked at: what happened, why, and what came of it. */
import type { PropertyKind } from '../../../sim/index.ts';
import { duration } from '../../ui/duration.ts';
import type { Detail, Frame, Line } from '../protocol.ts';
import { regionClass, type App } from './app.ts';
import { html, refill, type Child } from './dom.ts';
import { glyphInLine } from './glyphs.ts';
import { clock, count, counted } from './words.ts';

export class EventCard {
  readonly element = html('section', { class: 'event-card pane', 'aria-label': 'event' });
  private readonly app: App;

  constructor(app: App) {
    this.app = app;
    this.element.addEventListener('click', (click) => {
      const line = (click.target as Element).closest<HTMLElement>('[data-event]');
      if (line !== null) app.go(Number(line.dataset['event']));
    });
  }

  show({ detail, event, digest }: Frame): void {
    refill(this.element, ...(detail === null ? start() : this.parts(detail, event, digest)));
    this.element.scrollTop = 0;
  }

  private parts(detail: Detail, event: number, digest: string): readonly Child[] {
    const { overview } = this.app;
    const { kind, travel, timeUs, words, who, glyph, carries } = detail;
    const travelled = travel === null ? '' : `, ${counted(travel.bytes, 'byte')}, ${duration(travel.tookUs)} on the way`;
    const broke =
      overview.violation === null
        ? 'a program threw here'
        : `${overview.violation.property}: ${BROKE[overview.violation.kind]} here`;
    return [
      html('h2', {}, glyphInLine(glyph), html('span', {}, words), html('span', { class: 'who' }, who)),
      html('p', { class: 'meta' }, `step ${count(event)}, ${clock(timeUs)} s, `, html('code', {}, kind), travelled),
      event === overview.broken ? html('p', { class: 'broke' }, broke) : null,
      ...this.because(detail),
      digest === '' ? null : html('p', { class: 'meta after' }, 'digest after this step ', html('code', {}, digest)),
      carries.length === 0
        ? null
        : html('details', {}, html('summary', {}, `carries ${counted(carries.length, 'value')}`), fieldTable(carries)),
    ];
  }

  private because({ because, causes, effects, effectsInAll, timeUs }: Detail): readonly Child[] {
    const more = effectsInAll - effects.length;
    return [
      html('h3', {}, because),
      html('ol', { class: 'lines' }, ...causes.map((line) => this.line(line, `${duration(timeUs - line.timeUs)} before`))),
      html('h3', {}, effectsInAll === 0 ? 'it gave rise to nothing' : 'it gave rise to'),
      html(
        'ol',
        { class: 'lines' },
        ...effects.map((line) => this.line(line, `${duration(line.timeUs - timeUs)} later`)),
        more > 0 ? html('li', { class: 'more' }, `and ${count(more)} more`) : null,
      ),
    ];
  }

  private line({ event, glyph, words, who }: Line, when: string): HTMLElement {
    const target = this.app.overview.processes.findIndex(({ name }) => who.endsWith(name));
    return html(
      'li',
      { 'data-event': event, title: `step ${count(event)}: ${who}  ${words}` },
      glyphInLine(glyph),
      html('span', { class: 'words' }, words),
      html('span', { class: `who ${regionClass(this.app.overview, target)}` }, who),
      html('span', { class: 'when' }, when),
    );
  }
}

const BROKE: Readonly<Record<PropertyKind, string>> = {
  always: 'broken',
  eventually: 'not reached up to',
  sometimes: 'not seen up to',
};

function start(): readonly Child[] {
  return [
    html('h2', {}, 'The run has not begun'),
    html('p', { class: 'meta' }, 'Right arrow takes the first step; v goes to where it broke.'),
  ];
}

function fieldTable(carries: Detail['carries']): HTMLElement {
  return html('dl', { class: 'carried' }, ...carries.flatMap(({ name, value }) => [html('dt', {}, name), html('dd', {}, value)]));
}

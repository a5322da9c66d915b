/** What the reader works with once the run is known: the timeline above, the panes below, and the place in the run. */
import type { PageContent } from '../../export/page-content.ts';
import type { Frame, Overview } from '../protocol.ts';
import type { App } from './app.ts';
import { html } from './dom.ts';
import type { Engine } from './engine.ts';
import { EventCard } from './event-card.ts';
import { EventList } from './event-list.ts';
import { help } from './foot.ts';
import { actionOf, type Action } from './keys.ts';
import { diagram, storyPane, tellPlace } from './story.ts';
import { faultList, momentList, propertyList, runFacts } from './lists.ts';
import { StateView } from './state-view.ts';
import { Tabs } from './tabs.ts';
import { Timeline } from './timeline.ts';
import { Toolbar } from './toolbar.ts';

const ZOOM = 1.6;

export class Desk implements App {
  readonly overview: Overview;
  readonly last: number;
  event: number;
  pinned: number | null = null;
  private readonly engine: Engine;
  private readonly toolbar: Toolbar;
  private readonly timeline: Timeline;
  private readonly list: EventList;
  private readonly card: EventCard;
  private readonly state: StateView;
  private readonly properties = listPane('properties');
  private readonly faults = listPane('faults');
  private readonly moments = listPane('moments');
  private readonly story = html('div', { class: 'story' });
  private readonly tabs: Tabs;
  private readonly columns: HTMLElement;
  private readonly help = help();
  /** Null when the failure was not explained. */
  private readonly diagram: HTMLDialogElement | null;
  private frame: Frame | null = null;
  private hasMoved = false;

  constructor(content: PageContent, overview: Overview, engine: Engine) {
    this.overview = overview;
    this.engine = engine;
    this.last = overview.timesUs.length;
    // What the page is about is where it broke.
    this.event = overview.broken === 0 ? this.last : overview.broken;
    this.toolbar = new Toolbar(
      this,
      (action) => this.act(action),
      (pattern, direction) => engine.find(pattern, this.event, direction),
    );
    this.timeline = new Timeline(this);
    this.list = new EventList(this, () => this.look());
    this.card = new EventCard(this);
    this.state = new StateView(this);
    const story = content.explanation === null ? [] : [{ name: 'Story', pane: this.story }];
    this.diagram = content.explanation === null ? null : diagram(content.explanation);
    if (content.explanation !== null) this.story.append(...storyPane(content.explanation, () => this.act('diagram')));
    this.tabs = new Tabs(
      [
        ...story,
        { name: 'State', pane: this.state.element },
        { name: 'Moments', pane: this.moments },
        { name: 'Properties', pane: this.properties },
        { name: 'Faults', pane: this.faults },
        { name: 'Run', pane: html('div', { class: 'run' }, ...runFacts(content, overview)) },
      ],
      () => this.scrollMoments(),
    );
    this.columns = html(
      'div',
      { class: 'columns' },
      this.list.element,
      html('div', { class: 'right' }, this.card.element, this.tabs.element),
    );
    for (const pane of [this.story, this.properties, this.faults, this.moments])
      pane.addEventListener('click', (click) => this.clicked(click));
    document.addEventListener('keydown', (key) => this.pressed(key));
  }

  get elements(): readonly HTMLElement[] {
    return [
      html('section', { class: 'pane run-line', 'aria-label': 'timeline' }, this.toolbar.element, this.timeline.element),
      this.columns,
      this.help,
      ...(this.diagram === null ? [] : [this.diagram]),
    ];
  }

  /** Once everything stands in the page. */
  begin(): void {
    this.go(this.event);
    this.hasMoved = false;
  }

  go(event: number): void {
    this.hasMoved = true;
    this.event = Math.max(0, Math.min(this.last, event));
    this.toolbar.update(this);
    this.timeline.update();
    this.look();
  }

  pin(process: number | null): void {
    this.pinned = process;
    this.look();
  }

  show(frame: Frame): void {
    this.frame = frame;
    this.columns.classList.toggle('late', frame.event !== this.event);
    this.list.show(frame);
    this.card.show(frame);
    this.state.show(frame, this);
    this.properties.replaceChildren(...propertyList(frame));
    this.faults.replaceChildren(...faultList(frame));
    this.moments.replaceChildren(...momentList(this.overview, frame.event));
    // The story is read from its beginning, before the reader goes anywhere.
    tellPlace(this.story, frame.event, this.hasMoved);
    this.scrollMoments();
  }

  found(event: number): void {
    if (event === 0) this.toolbar.missed();
    else this.go(event);
  }

  private look(): void {
    this.columns.classList.toggle('late', this.frame?.event !== this.event);
    this.engine.look({ event: this.event, pinned: this.pinned, rows: this.list.rows });
  }

  private act(action: Action): void {
    switch (action) {
      case 'search':
        return this.toolbar.search.focus();
      case 'help':
        return this.help.showModal();
      case 'diagram':
        return this.diagram?.showModal();
      case 'enlarge':
        return this.timeline.zoom(ZOOM);
      case 'reduce':
        return this.timeline.zoom(1 / ZOOM);
      case 'fit':
        return this.timeline.fit();
      case 'pin':
        return this.pin(
          this.pinned === null ? (this.frame === null || this.frame.selected < 0 ? null : this.frame.selected) : null,
        );
      case 'next-here':
      case 'previous-here':
        return this.engine.neighbour(this.frame?.selected ?? -1, this.event, action === 'next-here' ? 1 : -1);
      default:
        return this.go(this.destination(action));
    }
  }

  private destination(
    action: Exclude<Action, 'search' | 'help' | 'diagram' | 'enlarge' | 'reduce' | 'fit' | 'pin' | 'next-here' | 'previous-here'>,
  ): number {
    const { event, last, overview, frame } = this;
    const shown = frame?.event === event ? frame.detail : null;
    switch (action) {
      case 'next':
        return event + 1;
      case 'previous':
        return event - 1;
      case 'next-many':
        return event + this.list.rows;
      case 'previous-many':
        return event - this.list.rows;
      case 'start':
        return 0;
      case 'end':
        return last;
      case 'broken':
        return overview.broken === 0 ? event : overview.broken;
      case 'next-moment':
        return overview.moments.find((moment) => moment.event > event)?.event ?? event;
      case 'previous-moment':
        return overview.moments.findLast((moment) => moment.event < event)?.event ?? event;
      case 'cause':
        return shown?.causes[0]?.event ?? event;
      case 'effect':
        return shown?.effects[0]?.event ?? event;
    }
  }

  private pressed(key: KeyboardEvent): void {
    if (this.help.open || this.diagram?.open === true) return;
    const action = actionOf(key);
    if (action !== undefined) {
      key.preventDefault();
      this.act(action);
    } else if (/^[1-9]$/.test(key.key) && key.target === document.body) {
      this.tabs.choose(Number(key.key) - 1);
    }
  }

  private clicked(click: Event): void {
    const line = (click.target as Element).closest<HTMLElement>('[data-event]');
    if (line !== null) this.go(Number(line.dataset['event']));
  }

  /** The list of moments follows the reader. */
  private scrollMoments(): void {
    const { moments } = this;
    if (moments.hidden) return;
    const near = moments.querySelector<HTMLElement>('.here') ?? [...moments.querySelectorAll<HTMLElement>('.past')].at(-1);
    if (near !== undefined && near !== null) moments.scrollTop = near.offsetTop - moments.clientHeight / 2;
  }
}

function listPane(style: string): HTMLUListElement {
  return html('ul', { class: `list ${style}` });
}

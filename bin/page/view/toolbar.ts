/** Where the reader stands, the ways to go elsewhere, and the search. */
import { formatTime } from '../../../sim/time.ts';
import { timeOf, type App } from './app.ts';
import { button, html } from './dom.ts';
import type { Action } from './keys.ts';
import { count } from './words.ts';

export class Toolbar {
  readonly element: HTMLElement;
  readonly search = html('input', {
    type: 'search',
    placeholder: 'search events  /',
    'aria-label': 'search events',
    spellcheck: 'false',
  });
  private readonly place = html('output', { class: 'place', id: 'place' });

  constructor(app: App, act: (action: Action) => void, find: (pattern: string, direction: 1 | -1) => void) {
    const way = (text: string, title: string, action: Action): HTMLButtonElement => button(text, title, () => act(action));
    this.element = html(
      'div',
      { class: 'toolbar' },
      html(
        'div',
        { class: 'buttons' },
        way('«', 'the start (Home)', 'start'),
        way('‹', 'the step before (←)', 'previous'),
        way('›', 'next step (→)', 'next'),
        way('»', 'the end (End)', 'end'),
      ),
      this.place,
      html(
        'div',
        { class: 'buttons' },
        way('‹ moment', 'the moment before (p)', 'previous-moment'),
        way('moment ›', 'next moment (n)', 'next-moment'),
        app.overview.broken === 0 ? null : way('where it broke', 'where it broke (v)', 'broken'),
      ),
      html(
        'div',
        { class: 'buttons' },
        way('‹ cause', 'what led to this event ([)', 'cause'),
        way('effect ›', 'what it gave rise to (])', 'effect'),
      ),
      html('span', { class: 'spring' }),
      this.search,
      html(
        'div',
        { class: 'buttons' },
        way('−', 'show more of the timeline (-)', 'reduce'),
        way('+', 'enlarge the timeline (+)', 'enlarge'),
        way('all', 'show all of it (0)', 'fit'),
        way('?', 'keys (?)', 'help'),
      ),
    );
    this.search.addEventListener('keydown', (key) => {
      if (key.key === 'Escape') this.search.blur();
      if (key.key === 'Enter' && this.search.value !== '') find(this.search.value, key.shiftKey ? -1 : 1);
    });
  }

  update({ event, last, overview }: App): void {
    this.place.replaceChildren(
      html('b', {}, count(event)),
      html('span', {}, ` / ${count(last)}`),
      html('b', {}, formatTime(timeOf(overview, event))),
    );
    this.search.classList.remove('missed');
  }

  /** Nothing matches. */
  missed(): void {
    this.search.classList.add('missed');
  }
}

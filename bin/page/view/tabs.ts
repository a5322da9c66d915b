/** Panes of which one is seen at a time. */
import { html } from './dom.ts';

export interface Tab {
  readonly name: string;
  readonly pane: HTMLElement;
}

export class Tabs {
  readonly element: HTMLElement;
  private readonly buttons: readonly HTMLButtonElement[];
  private readonly tabs: readonly Tab[];
  private readonly chosen: () => void;

  /** `chosen`: another one was. */
  constructor(tabs: readonly Tab[], chosen: () => void) {
    this.tabs = tabs;
    this.chosen = chosen;
    this.buttons = tabs.map(({ name, pane }, at) => {
      pane.id = `pane-${at}`;
      pane.setAttribute('role', 'tabpanel');
      const tab = html('button', { type: 'button', role: 'tab', 'aria-controls': pane.id, title: `${name} (${at + 1})` }, name);
      tab.addEventListener('click', () => this.choose(at));
      return tab;
    });
    this.element = html(
      'section',
      { class: 'tabs pane' },
      html('div', { role: 'tablist', class: 'tab-list' }, ...this.buttons),
      ...tabs.map(({ pane }) => pane),
    );
    this.choose(0);
  }

  choose(chosen: number): void {
    if (this.tabs[chosen] === undefined) return;
    this.tabs.forEach(({ pane }, at) => {
      pane.hidden = at !== chosen;
      this.buttons[at]?.setAttribute('aria-selected', String(at === chosen));
    });
    this.chosen();
  }
}

/** The state of one process after the event looked at, and what that event changed. */
import type { Frame, State, StateField } from '../protocol.ts';
import type { App } from './app.ts';
import { html, refill, type Child } from './dom.ts';

const MARK_WORDS: Readonly<Record<string, string>> = { A: 'new', M: 'changed', D: 'gone', ' ': '' };

export class StateView {
  readonly element: HTMLElement;
  private readonly chooser: HTMLSelectElement;
  private readonly standing = html('span', { class: 'standing' });
  private readonly fields = html('div', { class: 'fields' });

  constructor(app: App) {
    const byName = app.overview.lanes.map(({ process }) =>
      html('option', { value: process }, app.overview.processes[process]?.name ?? ''),
    );
    this.chooser = html(
      'select',
      { title: 'whose state', 'aria-label': 'whose state' },
      html('option', { value: '' }, 'follow the event'),
      ...byName,
    );
    this.chooser.addEventListener('change', () => {
      app.pin(this.chooser.value === '' ? null : Number(this.chooser.value));
      // Arrow keys belong to the run again.
      this.chooser.blur();
    });
    this.element = html('div', { class: 'state' }, html('p', { class: 'whose' }, this.chooser, this.standing), this.fields);
  }

  show({ state, selected, isWhole }: Frame, app: App): void {
    this.chooser.value = app.pinned === null ? '' : String(app.pinned);
    const name = app.overview.processes[selected]?.name ?? '';
    this.standing.replaceChildren(html('b', {}, name), state === null ? '' : ` ${state.standing}`);
    refill(
      this.fields,
      ...(state === null
        ? [html('p', { class: 'meta' }, isWhole ? 'This event concerns no single process.' : 'executing up to here …')]
        : stateParts(state)),
    );
  }
}

function stateParts({ changes, fields }: State): readonly Child[] {
  if (fields.length === 0) return [html('p', { class: 'meta' }, 'It has nothing to show: it is not running.')];
  const changed = changes.map(({ mark, path, value }) =>
    html(
      'div',
      { class: `field mark-${mark}` },
      html('span', { class: 'mark' }, MARK_WORDS[mark] ?? ''),
      html('span', { class: 'path' }, path.join('.')),
      html('span', { class: 'value' }, value),
    ),
  );
  return [
    changes.length === 0
      ? html('p', { class: 'meta' }, 'This event changed nothing here.')
      : html('div', { class: 'changes' }, ...changed),
    ...tree(fields),
  ];
}

/** Fields under the names of what they are part of. */
function tree(fields: readonly StateField[]): readonly HTMLElement[] {
  const lines: HTMLElement[] = [];
  let open: readonly string[] = [];
  for (const { mark, path, value } of fields) {
    const parents = path.slice(0, -1);
    const shared = parents.findIndex((name, depth) => name !== open[depth]);
    for (let depth = shared < 0 ? parents.length : shared; depth < parents.length; depth++) {
      lines.push(
        html(
          'div',
          { class: `field parent depth-${Math.min(depth, DEPTH_MAX)}` },
          html('span', { class: 'path' }, parents[depth] as string),
        ),
      );
    }
    open = parents;
    const style = `field depth-${Math.min(parents.length, DEPTH_MAX)}${mark === ' ' ? '' : ` mark-${mark}`}`;
    lines.push(
      html('div', { class: style }, html('span', { class: 'path' }, path.at(-1) ?? ''), html('span', { class: 'value' }, value)),
    );
  }
  return lines;
}

const DEPTH_MAX = 6;

/** How the failure came about: what it depends on, and what happened, in order, with who knew what. */
import type { Explanation, StoryEntry } from '../../../replay/explain/explanation.ts';
import { sequenceOf } from '../../../replay/explain/sequence.ts';
import { sequenceSvg } from '../../reporters/sequence-svg.ts';
import { tidyTimes } from '../../ui/duration.ts';
import { button, html } from './dom.ts';
import { clock, counted } from './words.ts';

/** `draw`: shows the diagram. */
export function storyPane(explanation: Explanation, draw: () => void): readonly HTMLElement[] {
  const { story, runs, complete } = explanation;
  return [
    html('p', { class: 'gist' }, gist(explanation), ' ', button('sequence diagram', 'who told whom what (d)', draw)),
    html('ol', { class: 'entries' }, ...story.map(entryLine)),
    html(
      'p',
      { class: 'meta' },
      `${counted(runs, 'run')} tried with something left out${complete ? '' : ', and there was more to try'}. Bold: without it the failure does not come.`,
    ),
  ];
}

/** The story as a sequence diagram. An image, so that its styles and the page's leave each other alone. */
export function diagram(explanation: Explanation): HTMLDialogElement {
  const sequence = sequenceOf(explanation);
  const image = html('img', { src: `data:image/svg+xml,${encodeURIComponent(sequenceSvg(sequence))}`, alt: sequence.title });
  const dialog: HTMLDialogElement = html(
    'dialog',
    { class: 'diagram', 'aria-label': 'sequence diagram' },
    html('div', {}, image),
    button('close', 'Escape closes as well', () => dialog.close()),
  );
  return dialog;
}

/** Marks the entry at which the reader stands, and what is still to come. With `follow` that entry is brought into view. */
export function tellPlace(pane: HTMLElement, event: number, follow: boolean): void {
  for (const entry of pane.querySelectorAll<HTMLElement>('[data-event]')) {
    const step = Number(entry.dataset['event']);
    entry.classList.toggle('here', step === event);
    entry.classList.toggle('coming', step > event);
    if (follow && step === event) entry.scrollIntoView({ block: 'nearest' });
  }
}

function gist({
  essential: { faults, operations, messages },
  faults: allFaults,
  operations: allOperations,
}: Explanation): string {
  const needed = (
    [
      [faults, 'fault'],
      [operations, 'operation'],
      [messages, 'message'],
    ] as const
  ).flatMap(([list, what]) => (list.length === 0 ? [] : [counted(list.length, what)]));
  const total = faults.length + operations.length + messages.length;
  const spared = [...allFaults, ...allOperations].filter(({ part }) => part === 'nothing').length;
  const hung =
    total === 0
      ? 'Nothing that was tried is needed for it.'
      : `The failure depends on ${listed(needed)}: without ${total === 1 ? 'it' : 'any one of them'} the run does not fail.`;
  return spared === 0 ? hung : `${hung} It fails all the same without ${counted(spared, 'other')} of the plan.`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

function entryLine({ type, step, timeUs, text, notes, essential }: StoryEntry): HTMLElement {
  return html(
    'li',
    { class: `entry ${type}${essential ? ' essential' : ''}`, 'data-event': step },
    html('span', { class: 'time' }, clock(timeUs)),
    html('span', { class: 'dot' }),
    html('span', { class: 'told' }, tidyTimes(text), ...notes.map((note) => html('span', { class: 'note' }, tidyTimes(note)))),
  );
}

/** What keys do. */

export type Action =
  | 'next'
  | 'previous'
  | 'next-many'
  | 'previous-many'
  | 'start'
  | 'end'
  | 'next-moment'
  | 'previous-moment'
  | 'broken'
  | 'cause'
  | 'effect'
  | 'next-here'
  | 'previous-here'
  | 'enlarge'
  | 'reduce'
  | 'fit'
  | 'search'
  | 'pin'
  | 'diagram'
  | 'help';

interface Binding {
  readonly keys: readonly string[];
  readonly action: Action;
  readonly words: string;
}

/** In the order of the help. */
export const bindings: readonly Binding[] = [
  { keys: ['ArrowRight', 'l', 'j'], action: 'next', words: 'next step' },
  { keys: ['ArrowLeft', 'h', 'k'], action: 'previous', words: 'the step before' },
  { keys: ['PageDown'], action: 'next-many', words: 'as many steps as the list shows' },
  { keys: ['PageUp'], action: 'previous-many', words: 'as many back' },
  { keys: ['Home', 'g'], action: 'start', words: 'the start' },
  { keys: ['End', 'G'], action: 'end', words: 'the end' },
  { keys: ['n'], action: 'next-moment', words: 'next moment: a fault, a new leader, the violation' },
  { keys: ['p'], action: 'previous-moment', words: 'the moment before' },
  { keys: ['v'], action: 'broken', words: 'where it broke' },
  { keys: ['['], action: 'cause', words: 'what led to this event' },
  { keys: [']'], action: 'effect', words: 'what it gave rise to' },
  { keys: ['L'], action: 'next-here', words: 'next event of the same process' },
  { keys: ['H'], action: 'previous-here', words: 'its event before' },
  { keys: ['P'], action: 'pin', words: 'keep this process in view, or follow the events again' },
  { keys: ['+', '='], action: 'enlarge', words: 'enlarge the timeline (or turn the wheel over it)' },
  { keys: ['-'], action: 'reduce', words: 'show more of it' },
  { keys: ['0'], action: 'fit', words: 'show all of it' },
  { keys: ['/'], action: 'search', words: 'search; Enter goes on, Shift+Enter back' },
  { keys: ['d'], action: 'diagram', words: 'the story as a sequence diagram' },
  { keys: ['?'], action: 'help', words: 'these keys' },
];

const NAMES: Readonly<Record<string, string>> = { ArrowRight: '→', ArrowLeft: '←', PageDown: 'Page Down', PageUp: 'Page Up' };

/** Keys as they are written on keyboards. */
export function keyNames({ keys }: Binding): string {
  return keys.map((key) => NAMES[key] ?? key).join(' ');
}

/** What a key means; undefined for what is typed into a field, or belongs to the browser. */
export function actionOf(event: KeyboardEvent): Action | undefined {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return undefined;
  return bindings.find(({ keys }) => keys.includes(event.key))?.action;
}

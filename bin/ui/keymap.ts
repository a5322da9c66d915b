/** The keys of the terminal UI, as data: the reducer, the footer, the help overlay and the manual all read this table. */

export type Action =
  | 'next'
  | 'previous'
  | 'next-here'
  | 'previous-here'
  | 'effect'
  | 'cause'
  | 'next-fault'
  | 'previous-fault'
  | 'violation'
  | 'first'
  | 'last'
  | 'down'
  | 'up'
  | 'page-down'
  | 'page-up'
  | 'half-down'
  | 'half-up'
  | 'choose'
  | 'next-pane'
  | 'previous-pane'
  | 'maximise'
  | 'next-process'
  | 'previous-process'
  | 'only-changed'
  | 'search'
  | 'find-next'
  | 'find-previous'
  | 'filter'
  | 'command'
  | 'mark'
  | 'jump'
  | 'play'
  | 'slower'
  | 'faster'
  | 'reproduce'
  | 'help'
  | 'cancel'
  | 'close'
  | 'quit';

export type KeyGroup = 'Through time' | 'Through causes' | 'Panes' | 'Finding' | 'Playing' | 'Leaving';

export interface KeyBinding {
  /** As `key-name.ts` spells them. */
  readonly keys: readonly string[];
  readonly action: Action;
  readonly group: KeyGroup;
  /** What it does, for help and manual. */
  readonly help: string;
  /** A number typed before it repeats it (for `G`: names an event). */
  readonly counts?: true;
  /** In the footer, while there is room: which come first, and a word. */
  readonly footer?: readonly [rank: number, word: string];
}

export const keymap: readonly KeyBinding[] = [
  { keys: ['l', 'right'], action: 'next', group: 'Through time', help: 'next event', counts: true, footer: [1, 'next'] },
  { keys: ['h', 'left'], action: 'previous', group: 'Through time', help: 'previous event', counts: true, footer: [2, 'back'] },
  { keys: ['.'], action: 'next-here', group: 'Through time', help: 'next event of the same process', counts: true },
  { keys: [','], action: 'previous-here', group: 'Through time', help: 'previous event of the same process', counts: true },
  { keys: ['}'], action: 'next-fault', group: 'Through time', help: 'next begin or end of a fault', counts: true },
  { keys: ['{'], action: 'previous-fault', group: 'Through time', help: 'previous begin or end of a fault', counts: true },
  { keys: ['g', 'home'], action: 'first', group: 'Through time', help: 'start of the run' },
  { keys: ['G', 'end'], action: 'last', group: 'Through time', help: 'end of the run; with a number, that event', counts: true },
  { keys: ['v'], action: 'violation', group: 'Through time', help: 'the violation', footer: [3, 'violation'] },
  {
    keys: ['['],
    action: 'cause',
    group: 'Through causes',
    help: 'the event that gave rise to this one',
    counts: true,
    footer: [4, 'cause'],
  },
  {
    keys: [']'],
    action: 'effect',
    group: 'Through causes',
    help: 'the first event that this one gave rise to',
    counts: true,
    footer: [5, 'effect'],
  },
  { keys: ['tab'], action: 'next-pane', group: 'Panes', help: 'next pane; 1 to 5 go to one', footer: [6, 'pane'] },
  { keys: ['shift+tab'], action: 'previous-pane', group: 'Panes', help: 'previous pane' },
  { keys: ['j', 'down'], action: 'down', group: 'Panes', help: 'down in the pane', footer: [11, 'down'] },
  { keys: ['k', 'up'], action: 'up', group: 'Panes', help: 'up in the pane', footer: [12, 'up'] },
  { keys: ['pagedown'], action: 'page-down', group: 'Panes', help: 'a page down' },
  { keys: ['pageup'], action: 'page-up', group: 'Panes', help: 'a page up' },
  { keys: ['ctrl+d'], action: 'half-down', group: 'Panes', help: 'half a page down' },
  { keys: ['ctrl+u'], action: 'half-up', group: 'Panes', help: 'half a page up' },
  { keys: ['enter'], action: 'choose', group: 'Panes', help: 'go to the event of the chosen row' },
  { keys: ['O'], action: 'maximise', group: 'Panes', help: 'the pane alone, and back' },
  { keys: ['L'], action: 'next-process', group: 'Panes', help: 'keep the next process in view' },
  { keys: ['H'], action: 'previous-process', group: 'Panes', help: 'keep the previous process in view' },
  { keys: ['d'], action: 'only-changed', group: 'Panes', help: 'state: only what changed, and back' },
  { keys: ['/'], action: 'search', group: 'Finding', help: 'search the events', footer: [9, 'search'] },
  { keys: ['n'], action: 'find-next', group: 'Finding', help: 'next match', counts: true },
  { keys: ['N'], action: 'find-previous', group: 'Finding', help: 'previous match', counts: true },
  { keys: ['&'], action: 'filter', group: 'Finding', help: 'show matching events only; empty: all' },
  { keys: [':'], action: 'command', group: 'Finding', help: ':e 431  :t 12s  :node n2  :q' },
  { keys: ['m'], action: 'mark', group: 'Finding', help: 'mark this event with a letter' },
  { keys: ["'"], action: 'jump', group: 'Finding', help: "to a mark; '' to where you were" },
  { keys: ['space'], action: 'play', group: 'Playing', help: 'play, stop', footer: [10, 'play'] },
  { keys: ['<'], action: 'slower', group: 'Playing', help: 'slower' },
  { keys: ['>'], action: 'faster', group: 'Playing', help: 'faster' },
  { keys: ['y'], action: 'reproduce', group: 'Leaving', help: 'show the command that leads here' },
  { keys: ['?'], action: 'help', group: 'Leaving', help: 'this help', footer: [7, 'help'] },
  { keys: ['escape'], action: 'cancel', group: 'Leaving', help: 'cancel: the innermost first' },
  { keys: ['q'], action: 'close', group: 'Leaving', help: 'close what is open; else quit', footer: [8, 'quit'] },
  { keys: ['Q', 'ctrl+c'], action: 'quit', group: 'Leaving', help: 'quit' },
];

/** The binding of a key, if it has one. */
export function bindingOf(key: string): KeyBinding | undefined {
  return keymap.find(({ keys }) => keys.includes(key));
}

const SHOWN: Readonly<Record<string, string>> = {
  right: '→',
  left: '←',
  up: '↑',
  down: '↓',
  tab: 'Tab',
  'shift+tab': 'Shift-Tab',
  pagedown: 'PgDn',
  pageup: 'PgUp',
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space',
  home: 'Home',
  end: 'End',
  'ctrl+d': '^D',
  'ctrl+u': '^U',
  'ctrl+c': '^C',
};

/** A key as people write it. */
export function showKey(key: string): string {
  return SHOWN[key] ?? key;
}

/** Names a pressed key the way the keymap spells it. */
import type { Key } from 'ink';

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
] as const;

/** The keys of one read from the terminal, in order: a fast typist or a paste brings several characters at once. */
export function keyNames(input: string, key: Key): readonly string[] {
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  for (const [field, name] of NAMED) if (key[field]) return [name];
  if (key.meta) return [];
  if (key.ctrl) return input.length === 1 ? [`ctrl+${input}`] : [];
  return Array.from(input, characterName);
}

function characterName(character: string): string {
  if (character === ' ') return 'space';
  if (character === '\r' || character === '\n') return 'enter';
  return character === '\t' ? 'tab' : character;
}

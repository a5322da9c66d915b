/** The last line: what is being typed, what was said, else the keys that matter most. */
import { keymap, showKey } from './keymap.ts';
import { justify, lineWidth, span, type Line, type Span } from './line.ts';
import { speeds, type ViewState } from './view-state.ts';

const PROMPT: Readonly<Record<string, string>> = { search: '/', filter: '&', command: ':' };

export function footer(state: ViewState): Line {
  const prompt = PROMPT[state.mode];
  if (prompt !== undefined) return [span(prompt + state.input), span(' ', { inverse: true })];
  if (state.mode === 'mark') return [span('mark this event with which letter?')];
  if (state.mode === 'jump') return [span("to which mark? ' is where you were before")];
  const status = statusSpans(state);
  if (state.message !== '') return justify([span(state.message, { colour: 'yellow' })], status, state.columns);
  return justify(keyHints(state.columns - lineWidth(status) - 1), status, state.columns);
}

/** As many keys as have room, whole ones only. */
function keyHints(cells: number): Line {
  const hints: Span[] = [];
  const hinted = keymap.flatMap(({ keys, footer: hint }) => (hint === undefined ? [] : [{ keys, rank: hint[0], word: hint[1] }]));
  for (const { keys, word } of hinted.sort((a, b) => a.rank - b.rank)) {
    const hint = [span(showKey(keys[0] as string), { bold: true }), span(` ${word}  `, { dim: true })];
    if (lineWidth(hints) + lineWidth(hint) > cells) break;
    hints.push(...hint);
  }
  return hints;
}

function statusSpans({ count, playing, speed, filter, awaiting, onlyChanged }: ViewState): Line {
  const words = [
    filter === null ? '' : `&${filter.pattern}`,
    onlyChanged ? 'changes only' : '',
    awaiting === null
      ? ''
      : `going to ${awaiting === 'end' ? 'the end' : awaiting === 'violation' ? 'the violation' : `event ${awaiting}`}`,
    playing ? `playing ${speeds[speed]}/s` : '',
    count,
  ].filter((word) => word !== '');
  return words.length === 0 ? [] : [span(words.join('  '), { colour: 'cyan' })];
}

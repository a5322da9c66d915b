import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Property, RunSpec, Violation } from '../../sim/index.ts';
import { view } from './frame.ts';
import { keymap } from './keymap.ts';
import { plain } from './line.ts';
import type { Model } from './model.ts';
import { propertyRows } from './property-rows.ts';
import { reduce } from './reduce.ts';
import type { SurveyEnd } from './survey.ts';
import { startedModel, surveyedModel } from './testing/model.ts';
import { pingPong } from './testing/ping-pong.ts';
import { initialViewState, type ViewState } from './view-state.ts';

const model = surveyedModel(pingPong(7));
const last = model.survey.trace.length;

const holding: Property = { id: 'ring/holds', kind: 'always', title: 'It holds.', monitor: () => ({}) };

/** Presses keys: `20l` one by one, names of more than one letter in angle brackets. */
function press(keys: string, state: ViewState = initialViewState(120, 40), on: Model = model): ViewState {
  const names = [...keys.matchAll(/<([^<>]+)>|([^])/g)].map(
    ([, name, character]) => name ?? (character === ' ' ? 'space' : (character as string)),
  );
  return names.reduce((before, key) => reduce(before, { type: 'key', key }, on), state);
}

describe('through time', () => {
  test('l and h go an event forward and back, with counts as far as there is', () => {
    expect(press('lll').cursor).toBe(3);
    expect(press('20l').cursor).toBe(20);
    expect(press('20l5h').cursor).toBe(15);
    expect(press('h')).toMatchObject({ cursor: 0, message: 'the run starts here' });
    expect(press('99999l').cursor).toBe(last);
    expect(press('Gl')).toMatchObject({ cursor: last, message: 'the run ends here' });
  });

  test('g and G go to the ends, a number before G to that event', () => {
    expect(press('G').cursor).toBe(last);
    expect(press('Gg').cursor).toBe(0);
    expect(press('43G').cursor).toBe(43);
    expect(press('9999G')).toMatchObject({ cursor: last, message: `the run has only ${last} events` });
  });

  test('. and , stay with the process of the event', () => {
    const { trace } = model.survey;
    const from = press('20l').cursor;
    const to = press('20l.').cursor;
    expect(trace.targetOf(to)).toBe(trace.targetOf(from));
    for (let between = from + 1; between < to; between++) expect(trace.targetOf(between)).not.toBe(trace.targetOf(from));
    expect(press('20l.,').cursor).toBe(from);
  });

  test('[ and ] follow causes and effects', () => {
    const { trace } = model.survey;
    const at = press('/pong 5<enter>');
    expect(trace.kindOf(trace.causeOf(at.cursor))).toBe('disk/done');
    expect(press('[', at).cursor).toBe(trace.causeOf(at.cursor));
    expect(press('[]', at).cursor).toBe(at.cursor);
    expect(trace.kindOf(press('3[', at).cursor)).toBe('ring/turn');
    expect(press('l[')).toMatchObject({ cursor: 1, message: 'the scenario itself gave rise to this event' });
  });

  test('} and { stop where faults begin and end', () => {
    const [pause, isolate] = model.survey.faults;
    expect(press('}').cursor).toBe(pause?.first);
    expect(press('2}').cursor).toBe(isolate?.first);
    expect(press('3}').cursor).toBe(pause?.last);
    expect(press('3}{').cursor).toBe(isolate?.first);
  });

  test('v goes to the violation, and says so where there is none', () => {
    expect(press('v').cursor).toBe(model.survey.violationEvent);
    expect(press('v').cursor).toBe(last);
    const healthy = surveyedModel(pingPong(7, false));
    expect(press('v', initialViewState(120, 40), healthy)).toMatchObject({
      cursor: 0,
      message: 'nothing was violated in this run',
    });
  });
});

describe('counts and panes', () => {
  test('a digit goes to a pane; followed by a motion it was a number, and the pane goes back', () => {
    expect(press('3').pane).toBe('state');
    expect(press('30l')).toMatchObject({ pane: 'timeline', cursor: 30 });
    expect(press('4j')).toMatchObject({ pane: 'properties', rowsDown: { properties: 1 } });
  });

  test('escape takes back a number half typed, and nothing else', () => {
    const before = press('<tab>&pong<enter>');
    expect(press('30<escape>', before)).toEqual({ ...before, message: '' });
    expect(press('3<escape>', before)).toEqual({ ...before, message: '' });
    expect(press('3<escape>l', before).pane).toBe('event');
  });

  test('the state is scrolled to its end and no further, so that every key up shows', () => {
    const down = press('3<pagedown><pagedown><pagedown>jjjjj', press('20l', initialViewState(120, 8)));
    expect(down.rowsDown.state).toBeGreaterThan(0);
    expect(view(down, model).map(plain)).not.toEqual(view(press('k', down), model).map(plain));
    expect(press('k', down).rowsDown.state).toBe(down.rowsDown.state - 1);
  });

  test('a state that came to its end on a smaller screen goes up at the first key', () => {
    const ended = press('3<pagedown><pagedown><pagedown>jjjjj', press('20l', initialViewState(120, 8)));
    const enlarged = reduce(ended, { type: 'resize', columns: 120, rows: 10 }, model);
    expect(view(press('k', enlarged), model).map(plain)).not.toEqual(view(enlarged, model).map(plain));
  });

  test('of two digits each goes to its pane; they are a number only when a motion follows', () => {
    expect(press('45').pane).toBe('faults');
    expect(reduce(press('45'), { type: 'pause' }, model)).toMatchObject({ pane: 'faults', count: '' });
    expect(press('45jj')).toMatchObject({ pane: 'faults', rowsDown: { faults: 2 } });
    expect(press('45l')).toMatchObject({ pane: 'timeline', cursor: 45 });
    expect(press('45<escape>')).toMatchObject({ pane: 'timeline', count: '' });
  });

  test('after a pause a digit is no count any more', () => {
    const paused = reduce(press('3'), { type: 'pause' }, model);
    expect(press('l', paused)).toMatchObject({ pane: 'state', cursor: 1 });
  });

  test('Tab walks through the panes, O shows one alone', () => {
    expect(press('<tab>').pane).toBe('event');
    expect(press('<shift+tab>').pane).toBe('faults');
    expect(press('<tab>O').maximised).toBe(true);
    expect(press('<tab>Oq')).toMatchObject({ maximised: false, exit: null });
  });

  test('j and k walk through causes, properties and faults, and Enter goes there', () => {
    const { trace } = model.survey;
    const at = press('/pong 5<enter>');
    expect(press('2j<enter>', at).cursor).toBe(trace.causeOf(trace.causeOf(at.cursor)));
    expect(press('4jk<enter>').cursor).toBe(last);
    expect(press('5jj<enter>').cursor).toBe(model.survey.faults[2]?.first);
    expect(press('jjk').cursor).toBe(1);
  });

  test('L keeps the state of a process in view, escape lets it go', () => {
    expect(press('20lL').pinned).not.toBeNull();
    expect(press('20lL<escape>').pinned).toBeNull();
    expect(press('20lLLL').pinned).toBe(press('20l').cursor === 20 ? model.survey.trace.targetOf(20) : -1);
  });
});

test('what is long about a violation leaves room for its causes', () => {
  const wordy = surveyedModel(pingPong(7));
  const { violation } = wordy.survey.end ?? {};
  const message = `${violation?.message}, ${'which nobody would have expected '.repeat(12)}`;
  wordy.survey.end = { ...(wordy.survey.end as SurveyEnd), violation: { ...(violation as Violation), message } };
  for (const rows of [24, 30, 40]) {
    const shown = view(press('v', initialViewState(80, rows), wordy), wordy).map(plain);
    const heading = shown.findIndex((row) => row.startsWith('because'));
    expect(shown[heading - 1]).toMatch(/^✗ ring\/one-answer-per-ping: .*… *$/);
    expect([shown[heading + 1], shown[heading + 2]].map((row) => /\d+ [●▤]/.test(row ?? ''))).toEqual([true, true]);
    if (rows === 30) expect(shown[heading + 3]).toMatch(/^it gave rise to/);
  }
  const alone = view(press('v2O', initialViewState(80, 24), wordy), wordy)
    .map(plain)
    .join(' ');
  expect(alone.replaceAll(/ +/g, ' ')).toContain(message.trim());
});

test('what holds stands before what is asked later, and among equals the property that the scenario challenges first', () => {
  const challenged = surveyedModel(
    {
      ...pingPong(7),
      properties: [...pingPong(7).properties.slice(1), { ...holding, id: 'ring/a' }, { ...holding, id: 'ring/b' }],
    },
    { challenges: 'ring/b' },
  );
  expect(propertyRows(challenged, 1).map(({ id, status }) => `${id} ${status}`)).toEqual([
    'ring/b holds',
    'ring/a holds',
    'ring/both-answer later',
    'ring/peer-was-down unseen',
  ]);
  expect(view(press('4'), challenged).map(plain).join('\n')).toContain('✓►ring/b* ');
});

describe('finding', () => {
  test('/ finds the next match, n and N go on and around', () => {
    const first = press('/pong 2<enter>');
    expect(model.survey.trace.wordsOf(first.cursor)).toBe('pong 2');
    const second = press('n', first);
    expect(second.cursor).toBeGreaterThan(first.cursor);
    expect(press('N', second).cursor).toBe(first.cursor);
    expect(press('/no such thing<enter>')).toMatchObject({ cursor: 0, message: 'nothing matches no such thing' });
  });

  test('N from the start begins with the last event', () => {
    const { trace } = model.survey;
    const pattern = trace.kindOf(last);
    expect(press(`/${pattern}<enter>gN`).cursor).toBe(last);
    expect(press(`/${pattern}<enter>g2N`).cursor).toBeLessThan(last);
  });

  test('a search that goes around the end or the start says so', () => {
    const around = 'search hit the end, and went on from the start';
    expect(press('/pong 2 ring<enter>').message).toBe('');
    expect(press('/pong 2 ring<enter>nn').message).toBe(around);
    expect(press('/pong 2 ring<enter>9n').message).toBe(around);
    expect(press('G/pong 2 ring<enter>').message).toBe(around);
    expect(press('/pong 2 ring<enter>N').message).toBe('search hit the start, and went on from the end');
    expect(press('/pong 2 ring<enter>nN').message).toBe('');
  });

  test('a pattern that is no regular expression is plain text', () => {
    expect(press('/pong (<enter>').message).toBe('nothing matches pong (');
  });

  test('& leaves only what matches; l and h walk there, escape shows all again', () => {
    const filtered = press('&fsync<enter>');
    expect(filtered.filter?.events.length).toBeGreaterThan(20);
    const walked = press('3l', filtered);
    expect(model.survey.trace.wordsOf(walked.cursor)).toBe('fsync is done');
    expect(walked.cursor).toBe(filtered.filter?.events[3]);
    expect(press('<escape>', walked).filter).toBeNull();
  });

  test('the event looked at is shown under a filter that it does not match', () => {
    for (const keys of ['&pause<enter>:e 100<enter>', '&fsync<enter>:e 2<enter>', '&fsync<enter>g']) {
      const away = press(keys);
      expect(away.filter?.events).not.toContain(away.cursor);
      const shown = view(away, model).map(plain);
      const numbers = shown.flatMap((row) => /^[► ][↑↓ ] *(\d+) +(?:\d+\.\d{6}|the start)/.exec(row)?.[1] ?? []).map(Number);
      expect(shown.filter((row) => row.startsWith('►')).map((row) => Number(/\d+/.exec(row)?.[0]))).toEqual([away.cursor]);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });

  test(': goes to an event, a time, a process, or out', () => {
    expect(press(':e 43<enter>').cursor).toBe(43);
    const { trace } = model.survey;
    const timed = press(':t 1s<enter>').cursor;
    expect(trace.timeOf(timed)).toBeLessThanOrEqual(1_000_000);
    expect(trace.timeOf(timed + 1)).toBeGreaterThan(1_000_000);
    expect(press(':t 350ms<enter>').cursor).toBeLessThan(timed);
    expect(press(':node n2<enter>').pinned).toBe(1);
    expect(press(':q<enter>').exit).toBe('quit');
  });

  test.each([
    [':e x', ':e wants the number of an event, such as :e 431'],
    [':e 9999', 'the run has only 166 events'],
    [':t 12s', 'the run ends at 2.303448 s'],
    [':t soon', ':t wants a time, such as :t 12s or :t 350ms'],
    [':node n9', 'no process is called "n9"'],
    [':node n', '"n" could be 3 processes'],
    [':zap', 'there is no command ":zap": try :e 431, :t 12s, :node n1, :q'],
  ])('%s is answered in words', (typed, message) => {
    expect(press(`${typed}<enter>`)).toMatchObject({ message: message.replace('166', String(last)), cursor: 0, mode: 'browse' });
  });

  test("m marks, ' returns, '' goes back to before the last jump", () => {
    const marked = press('20lma30l');
    expect(press("'a", marked).cursor).toBe(20);
    expect(press("'a''", marked).cursor).toBe(50);
    expect(press("'b", marked)).toMatchObject({ cursor: 50, message: 'there is no mark b' });
  });

  test('what is typed can be taken back', () => {
    expect(press('/ab<backspace>').input).toBe('a');
    expect(press('/<backspace>').mode).toBe('browse');
    expect(press('/ab<escape>')).toMatchObject({ mode: 'browse', input: '', pattern: '' });
    expect(press('/a b').input).toBe('a b');
  });
});

/** The small world with a goal that it cannot reach; what it waits for changes until `n3` has answered so often. */
function neverReached(often: number): RunSpec {
  const spec = { ...pingPong(7, false), healAtUs: 2_000_000, endUs: 2_950_000 };
  const goal: Property = {
    id: 'ring/all-answer',
    kind: 'eventually',
    title: 'In the end n4 answers as well.',
    monitor: (_report, scene) => ({
      pending: () => {
        const { answers } = scene.inspect('n1') as { answers: Record<string, number> };
        return `no answer of n4, and ${Math.min(often, answers['n3'] ?? 0)} of n3`;
      },
    }),
  };
  return { ...spec, properties: [goal] };
}

describe('a goal that was not reached', () => {
  const stalled = surveyedModel(neverReached(22));
  const { survey } = stalled;
  const since = survey.stalledSince;
  const atEnd = press('v', initialViewState(120, 40), stalled);

  test('is told at the end of the run with the last event that changed what it waits for, and what broke nothing is not marked', () => {
    expect(survey.end).toMatchObject({ verdict: 'stalled', violation: { property: 'ring/all-answer', kind: 'eventually' } });
    expect(since).toBeGreaterThan(survey.healed);
    expect(since).toBeLessThan(survey.violationEvent);
    expect(survey.goals.get('ring/all-answer')?.at(-1)).toEqual({ from: since, is: survey.end?.violation?.message });
    expect(atEnd).toMatchObject({
      cursor: survey.violationEvent,
      message: `not reached up to the end; unchanged since event ${since}`,
    });
    const shown = view(atEnd, stalled).map(plain);
    expect(shown.find((row) => row.startsWith('►'))).not.toContain('✗');
    expect(shown.filter((row) => row.startsWith('because'))).toEqual([]);
    const heading = shown.findIndex((row) => row.startsWith('unchanged since'));
    expect(shown[heading + 1]).toMatch(new RegExp(`^ ${since} `));
    expect(shown[heading + 2]).toMatch(/^it gave rise to/);
  });

  test('leads there: by Enter on its row, on the row of its event, and as the cause of the end', () => {
    expect(propertyRows(stalled, survey.violationEvent)[0]).toMatchObject({ status: 'missed', event: since });
    expect(press('4<enter>', atEnd, stalled).cursor).toBe(since);
    expect(press('2<enter>', atEnd, stalled).cursor).toBe(since);
    expect(press('[', atEnd, stalled).cursor).toBe(since);
  });

  test('is waited for since the heal at the earliest, when it is asked for first', () => {
    const early = surveyedModel(neverReached(3)).survey;
    expect(early.goals.get('ring/all-answer')?.[0]?.from).toBeLessThan(early.healed);
    expect(early.stalledSince).toBe(early.healed);
  });
});

describe('before the end of the run is known', () => {
  test('v, G and numbers wait until the survey has come so far', () => {
    const growing = startedModel(pingPong(7));
    growing.survey.advance(30);
    const waiting = press('v', initialViewState(120, 40), growing);
    expect(waiting).toMatchObject({ cursor: 0, awaiting: 'violation' });
    const far = press(':e 100<enter>', initialViewState(120, 40), growing);
    expect(reduce(far, { type: 'surveyed' }, growing).cursor).toBe(0);
    while (!growing.survey.advance(1_000));
    expect(reduce(waiting, { type: 'surveyed' }, growing)).toMatchObject({ cursor: last, awaiting: null });
    expect(reduce(far, { type: 'surveyed' }, growing)).toMatchObject({ cursor: 100, awaiting: null });
  });

  test('what is not found may come yet', () => {
    const growing = startedModel(pingPong(7));
    growing.survey.advance(30);
    for (const keys of ['/pong 9<enter>', '/pong 9<enter>n', '&pong 9<enter>'])
      expect(press(keys, initialViewState(120, 40), growing).message).toBe('nothing matches pong 9 so far');
    expect(press('&starts<enter>', initialViewState(120, 40), growing).message).toBe('3 events match so far');
    expect(press('/starts<enter>nnn', initialViewState(120, 40), growing).message).toBe(
      'search hit the end of what is known so far, and went on from the start',
    );
  });

  test('a filter lets through what becomes known, and each report is a new state to draw', () => {
    const growing = startedModel(pingPong(7));
    growing.survey.advance(30);
    const before = press('&pong<enter>', initialViewState(120, 40), growing);
    growing.survey.advance(60);
    const after = reduce(before, { type: 'surveyed' }, growing);
    expect(after).not.toBe(before);
    expect(after.filter?.events).toEqual(press('&pong<enter>', initialViewState(120, 40), growing).filter?.events);
    expect(after.filter?.events.length).toBeGreaterThan(before.filter?.events.length ?? 0);
  });

  test('escape gives the waiting up', () => {
    const growing = startedModel(pingPong(7));
    expect(press('v<escape>', initialViewState(120, 40), growing).awaiting).toBeNull();
  });
});

describe('the help', () => {
  const narrow = press('?', initialViewState(80, 20));

  test('a page and half a page are as long as it says', () => {
    expect(press('<pagedown>', narrow).helpRow).toBe(15);
    expect(press('<ctrl+d>', narrow).helpRow).toBe(7);
    expect(press('<pagedown><ctrl+u>', narrow).helpRow).toBe(8);
    expect(press('<pagedown><pageup>', narrow).helpRow).toBe(0);
  });

  test('is not blank when the screen is enlarged while it is scrolled', () => {
    const enlarged = reduce(
      press('<pagedown><pagedown><pagedown><pagedown>', narrow),
      { type: 'resize', columns: 200, rows: 60 },
      model,
    );
    expect(enlarged.helpRow).toBe(0);
    expect(plain(view(enlarged, model)[0] ?? [])).toContain('Through time');
  });
});

test('the header says what speaks against the run being the one that was recorded', () => {
  const note = 'faults edited since it was recorded: a new run';
  const edited = surveyedModel(pingPong(7), { note });
  expect(plain(view(initialViewState(120, 40), edited)[0] ?? [])).toContain(`seed 7  ${note}  `);
  expect(plain(view(initialViewState(80, 24), edited)[0] ?? [])).toMatch(/seed 7 {2}faults edited since .* digest /);
});

test('space plays until the end, < and > change the pace', () => {
  const playing = press(' >');
  expect(playing).toMatchObject({ playing: true, speed: 4 });
  const on = reduce(playing, { type: 'tick', events: 7 }, model);
  expect(on).toMatchObject({ playing: true, cursor: 7 });
  const ended = reduce(reduce(on, { type: 'tick', events: 9_999 }, model), { type: 'tick', events: 1 }, model);
  expect(ended).toMatchObject({ playing: false, cursor: last });
});

test('q closes what is open, then quits; Q and ^C quit at once', () => {
  expect(press('?q')).toMatchObject({ mode: 'browse', exit: null });
  expect(press('q').exit).toBe('quit');
  expect(press('<tab>OQ').exit).toBe('quit');
  expect(press('/abc<ctrl+c>').exit).toBe('interrupted');
});

test('every key of the table does something, and no key is there twice', () => {
  const keys = keymap.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
  const middle = { ...press('60l'), pattern: 'pong', maximised: true, pane: 'faults' as const };
  for (const key of keys) {
    const pressed = reduce(middle, { type: 'key', key }, model);
    expect({ key, changed: pressed !== middle && JSON.stringify(pressed) !== JSON.stringify(middle) }).toEqual({
      key,
      changed: true,
    });
    expect(pressed.message).not.toContain('does nothing');
  }
});

test('ten events forward and ten back show the same frame, from anywhere', () => {
  for (const from of [0, 1, 15, 73, 100, last - 10]) {
    const before = press(`:e ${from}<enter>`);
    const after = press('10l10h', before);
    expect(view(after, model).map(plain)).toEqual(view(before, model).map(plain));
  }
});

test('whatever is pressed, at whatever size, the frame is exactly as large as the screen', () => {
  const keys = [...keymap.flatMap((binding) => binding.keys), ...Array.from('0123456789abcx'), 'backspace'];
  const input = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...keys).map((key) => ({ type: 'key' as const, key })) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('resize' as const),
        columns: fc.integer({ min: 1, max: 160 }),
        rows: fc.integer({ min: 1, max: 50 }),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
      let state = initialViewState(100, 30);
      for (const next of inputs) {
        state = { ...reduce(state, next, model), exit: null };
        expect(state.cursor).toBeGreaterThanOrEqual(0);
        expect(state.cursor).toBeLessThanOrEqual(last);
      }
      const frame = view(state, model).map(plain);
      expect(frame.length).toBe(state.rows);
      for (const row of frame) expect(row.length).toBe(state.columns);
    }),
    { numRuns: 150, seed: 1 },
  );
});

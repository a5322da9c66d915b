/** Tells a failure in order: what it hung on, the way that led to it, and who held what to be true meanwhile. */
import { describeFault, EventType, type Violation } from '../../sim/index.ts';
import { explainedMessage, type Account } from './account.ts';
import { notesFor, sayChange, type Beliefs, type Change } from './beliefs.ts';
import { wordsOf, type Chronicle, type Crossing, type FaultSpan, type Happening, type Life } from './chronicle.ts';
import type { EntryType, Explanation, Part, Standstill, StoryEntry } from './explanation.ts';
import { isMessage, type Relevant } from './relevance.ts';

/** Messages right before the failure are told, needed or not; those before them unless the failure came without them too. */
const CHAIN_TOLD = 6;
/** And so many others that speak of it, where nothing says that they are needed. */
const OTHERS_TOLD = 5;
const UNTRIED_OTHERS_TOLD = 8;
const CROSSINGS_TOLD = 6;
const LIVES_TOLD = 8;
/** Faults of which nobody knows whether they are needed. */
const UNTRIED_TOLD = 6;
const CHANGES_TOLD = 10;

/** The processes that the story is about, and their like: what one knows is held against what the others know. */
export function castOf(account: Account, failure: Violation, chronicle: Chronicle): readonly string[] {
  const groups = new Set([...leadsOf(account, failure, chronicle)].map(groupOf));
  return chronicle.processes.filter((name) => groups.has(groupOf(name)));
}

export function tellStory(account: Account, failure: Violation, chronicle: Chronicle, beliefs: Beliefs): Explanation {
  const leads = leadsOf(account, failure, chronicle);
  const entries = [
    ...messageEntries(account, failure),
    ...crossingEntries(account),
    ...sentEntries(account, failure),
    ...faultEntries(account, chronicle, leads),
    ...operationEntries(account, chronicle),
    ...lifeEntries(chronicle, failure, leads),
  ];
  const all = [...entries, ...changeEntries(beliefs, failure, chronicle, leads, entries), violationEntry(failure, chronicle)];
  const { faults, operations, parts, runs, complete } = account;
  return {
    violation: failure,
    essential: {
      faults: faults.filter(({ part }) => part === 'needed'),
      operations: operations.filter(({ part }) => part === 'needed'),
      messages: [...parts]
        .filter(([, part]) => part === 'needed')
        .map(([message, part]) => explainedMessage(message, part))
        .sort((a, b) => a.step - b.step),
    },
    faults,
    operations,
    story: inOrder(all).map((entry) => withNotes(entry, beliefs)),
    standstills: standstillsOf(chronicle, leads, failure),
    runs,
    complete,
  };
}

// ── who ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Those who take part in what the failure hung on, in its last steps, or are named in its words. */
function leadsOf({ faults, relevant, parts }: Account, failure: Violation, chronicle: Chronicle): ReadonlySet<string> {
  const leads = new Set<string>();
  const add = (name: string | null): void => void (name !== null && leads.add(name));
  const last = chronicle.at(failure.step);
  if (failure.kind === 'always') add(last?.target ?? null);
  for (const name of chronicle.processes)
    if (new RegExp(`(^|[^\\w-])${escaped(name)}($|[^\\w-])`).test(failure.message)) add(name);
  for (const { step, from, to } of relevant.sent) if (step !== failure.step) for (const name of [from, to]) add(name);
  for (const { source, target } of toldMessages(relevant, parts)) for (const name of [source, target]) add(name);
  for (const { struck, part } of faults)
    if (part === 'needed' && struck.length <= STRUCK_NAMED) for (const name of struck) add(name);
  return leads;
}

/** A fault that strikes more is about nobody in particular. */
const STRUCK_NAMED = 3;

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The name up to its first separator or digit: those of one group do the same. */
function groupOf(name: string): string {
  return /^[^-_/.\d]+/.exec(name)?.[0] ?? name;
}

// ── what ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function toldMessages({ chain, others, exchanged }: Relevant, parts: Account['parts']): readonly Happening[] {
  const partOf = (message: Happening): Part => parts.get(message) ?? 'untried';
  const othersTold = others.some((message) => partOf(message) !== 'untried') ? OTHERS_TOLD : UNTRIED_OTHERS_TOLD;
  return [
    ...new Set([
      ...chain.filter((message, at) => at < CHAIN_TOLD || partOf(message) !== 'nothing'),
      ...others.filter((message, at) => at < othersTold || partOf(message) === 'needed'),
      ...exchanged,
    ]),
  ];
}

function messageEntries({ relevant, parts }: Account, failure: Violation): readonly StoryEntry[] {
  return toldMessages(relevant, parts).map((message) => ({
    ...entryAt('message', message.step, message.timeUs, message.target, message.kind),
    from: message.source,
    text: sayMessage(message),
    words: message.words,
    notes: lateness(message),
    essential: parts.get(message) === 'needed' || message.step === failure.step,
  }));
}

function sayMessage({ source, target, words }: Happening): string {
  return `${source ?? ''} → ${target ?? ''}: ${words}`;
}

/** A message that waited for its target longer than any network would take. */
const LATE_US = 400_000;

function lateness({ timeUs, departUs, target }: Happening): readonly string[] {
  const waitedUs = timeUs - departUs;
  return waitedUs < LATE_US ? [] : [`sent ${inSeconds(waitedUs)} before ${target ?? 'it'} took it in`];
}

function inSeconds(durationUs: number): string {
  return `${(durationUs / 1_000_000).toFixed(1)} s`;
}

function crossingEntries({ relevant }: Account): readonly StoryEntry[] {
  return [...new Set([...relevant.crossings.slice(0, CROSSINGS_TOLD), ...relevant.last])].map(
    ({ step, timeUs, process, boundary, words }: Crossing) => ({
      ...entryAt('crossing', step, timeUs, process, boundary),
      text: `${process}: ${words}`,
      words,
    }),
  );
}

/** What was said last of all, with which the failure came; and what never came to the one whom it was for. */
function sentEntries({ relevant }: Account, failure: Violation): readonly StoryEntry[] {
  return relevant.sent.map((sending) => {
    const { step, timeUs, from, to, kind } = sending;
    const isOverdue = failure.timeUs - timeUs >= LATE_US;
    const words = `sends ${to}: ${wordsOf(sending)}${isOverdue ? `, which ${to} has not taken in` : ''}`;
    return {
      ...entryAt('crossing', step, timeUs, from, kind.name),
      text: `${from} ${words}`,
      words,
      essential: failure.kind === 'always' && step === failure.step,
    };
  });
}

function faultEntries({ faults }: Account, { spans, endUs }: Chronicle, leads: ReadonlySet<string>): readonly StoryEntry[] {
  const partOf = (span: FaultSpan): string => faults[span.index]?.part ?? 'untried';
  // Who is back at the end of a fault that ended it starts again, which is told of its own.
  const hasOwnEnd = ({ fault, struck }: FaultSpan): boolean => struck.length <= STRUCK_NAMED && !LETHAL.has(fault.do);
  const told = spans.filter((span) => partOf(span) === 'needed');
  const untried = spans
    .filter((span) => partOf(span) === 'untried' && span.struck.some((name) => leads.has(name)))
    .slice(-UNTRIED_TOLD);
  return [...told, ...untried].flatMap((span) => {
    const { fault, struck, fromStep, fromUs, toStep, toUs } = span;
    const essential = partOf(span) === 'needed';
    const process = struck.length === 1 ? (struck[0] as string) : null;
    const begins = {
      ...entryAt('fault', fromStep, fromUs, process, `fault/${fault.do}`),
      text: `fault: ${sayFault(span)}`,
      words: describeFault(fault),
      essential,
    };
    if (toStep === null || toUs === null || toStep === fromStep || toUs >= endUs || !hasOwnEnd(span)) return [begins];
    return [
      begins,
      {
        ...entryAt('heal', toStep, toUs, process, `fault/${fault.do}`),
        text: `over: ${sayFault(span)}`,
        words: `over: ${fault.do}`,
        essential,
      },
    ];
  });
}

/** Faults that end processes. */
const LETHAL: ReadonlySet<string> = new Set(['crash', 'kill', 'lose-disk', 'lose-region']);

/** With the names of those whom it struck, where the plan names a role. */
function sayFault({ fault, struck }: FaultSpan): string {
  const text = describeFault(fault);
  return text.includes('role:') && struck.length > 0 ? `${text} (${struck.join(', ')})` : text;
}

function operationEntries({ operations }: Account, { happenings }: Chronicle): readonly StoryEntry[] {
  return operations
    .filter(({ part }) => part === 'needed')
    .flatMap(({ operation, text }) => {
      const { at, client = null } = operation as { readonly at?: number; readonly client?: string };
      if (at === undefined) return [];
      const first = happenings.find(({ timeUs }) => timeUs >= at);
      return first === undefined
        ? []
        : [
            {
              ...entryAt('operation', first.step, at, client, 'operation'),
              text: `operation: ${text}`,
              words: text,
              essential: true,
            },
          ];
    });
}

/** Ends and new beginnings of those whom the story is about, the last ones. */
function lifeEntries({ lives }: Chronicle, failure: Violation, leads: ReadonlySet<string>): readonly StoryEntry[] {
  return lives
    .filter(
      ({ process, step, what, incarnation }) =>
        leads.has(process) && step <= failure.step && (what !== 'starts' || incarnation > 1),
    )
    .slice(-LIVES_TOLD)
    .map((life) => ({
      ...entryAt(life.what === 'starts' ? 'start' : 'end', life.step, life.timeUs, life.process, `process/${life.what}`),
      text: sayLife(life),
      words: life.what,
    }));
}

function sayLife({ process, what, incarnation }: Life): string {
  switch (what) {
    case 'starts':
      return `${process} starts again, for the ${ordinal(incarnation)} time: it knows what its disk says`;
    case 'loses power':
      return `${process} loses power: its memory is gone, and what was not synced`;
    case 'ends':
      return `${process} ends, its machine goes on: its memory is gone`;
  }
}

function ordinal(count: number): string {
  return `${count}${['th', 'st', 'nd', 'rd'][count % 100 > 10 && count % 100 < 14 ? 0 : count % 10] ?? 'th'}`;
}

function violationEntry(failure: Violation, chronicle: Chronicle): StoryEntry {
  const last = failure.kind === 'always' ? chronicle.at(failure.step) : undefined;
  // What is told of the last step is its own entry, when that is a message.
  const while_ =
    last === undefined || isMessage(last) || last.type === EventType.control
      ? ''
      : ` (${last.target ?? 'the world'}: ${last.words})`;
  return {
    ...entryAt('violation', failure.step, failure.timeUs, last?.target ?? null, failure.property),
    text: `${failure.property}: ${failure.message}${while_}`,
    words: failure.message,
    essential: true,
  };
}

// ── who knew what ────────────────────────────────────────────────────────────────────────────────────────────────────

/** By which changes they came to hold what they held when something was told of them. */
function changeEntries(
  beliefs: Beliefs,
  failure: Violation,
  chronicle: Chronicle,
  leads: ReadonlySet<string>,
  entries: readonly StoryEntry[],
): readonly StoryEntry[] {
  const told = new Set<Change>();
  const asMessages = new Set(entries.flatMap(({ type, step }) => (type === 'message' ? [step] : [])));
  for (const name of leads) {
    const moments = entries
      .filter(({ type, process, from }) => type !== 'crossing' && (process === name || from === name))
      .map(({ step }) => step);
    for (const step of [...moments, failure.step]) {
      for (const change of [...beliefs.behind(name, step), ...beliefs.contradicting(name, step)]) told.add(change);
    }
  }
  return [...told]
    .sort((a, b) => a.step - b.step)
    .slice(-CHANGES_TOLD)
    .map((change) => {
      const said = sayChange(change);
      const occasion = beliefs.isExact && !asMessages.has(change.step) ? sayOccasion(change, chronicle) : '';
      return {
        ...entryAt('change', change.step, change.timeUs, change.process, 'change'),
        text: `${said}${occasion}`,
        words: said.slice(change.process.length + 1),
      };
    });
}

/** What made it change its mind: what it took in then, or what it had waited for. */
function sayOccasion({ step, process }: Change, chronicle: Chronicle): string {
  const event = chronicle.at(step);
  if (event === undefined || event.target !== process || event.outcome !== 'handled') return '';
  return isMessage(event) ? `, told by ${event.source ?? ''}: ${event.words}` : `: ${event.words}`;
}

function withNotes(entry: StoryEntry, beliefs: Beliefs): StoryEntry {
  const { type, process, from, step } = entry;
  if (type !== 'message' && type !== 'fault' && type !== 'heal' && type !== 'start') return entry;
  const who = from ?? process;
  return who === null ? entry : { ...entry, notes: [...entry.notes, ...notesFor(beliefs, who, step)] };
}

// ── order ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Within one step. */
const RANK: readonly EntryType[] = [
  'operation',
  'fault',
  'heal',
  'end',
  'start',
  'message',
  'event',
  'crossing',
  'change',
  'violation',
];

function inOrder(entries: readonly StoryEntry[]): readonly StoryEntry[] {
  return entries.toSorted((a, b) => a.step - b.step || RANK.indexOf(a.type) - RANK.indexOf(b.type));
}

function entryAt(
  type: EntryType,
  step: number,
  timeUs: number,
  process: string | null,
  kind: string,
): Omit<StoryEntry, 'text' | 'words'> {
  return { type, step, timeUs, process, from: null, kind, notes: [], essential: false };
}

/** When those whom the story is about did not run, or heard nobody. */
function standstillsOf(
  { spans, lives, endUs }: Chronicle,
  leads: ReadonlySet<string>,
  failure: Violation,
): readonly Standstill[] {
  const stands: Standstill[] = [];
  for (const { fault, struck, fromUs, toUs } of spans) {
    if (fault.do !== 'pause' && fault.do !== 'isolate') continue;
    for (const process of struck)
      if (leads.has(process))
        stands.push({ process, how: fault.do === 'pause' ? 'paused' : 'cut off', fromUs, toUs: toUs ?? endUs });
  }
  for (const process of leads) {
    const own = lives.filter((life) => life.process === process);
    own.forEach(({ what, timeUs }, at) => {
      if (what !== 'starts') stands.push({ process, how: 'down', fromUs: timeUs, toUs: own[at + 1]?.timeUs ?? endUs });
    });
  }
  return stands.filter(({ fromUs }) => fromUs <= failure.timeUs).sort((a, b) => a.fromUs - b.fromUs);
}

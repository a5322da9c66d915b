/** What in a run may have to do with its failure: the way that led to it, and what speaks of the same things. */
import { EventType, type Violation } from '../../sim/index.ts';
import { wordsOf, type Chronicle, type Crossing, type Happening, type Sending } from './chronicle.ts';
import { hasWhole, Subject } from './subject.ts';

export interface Relevant {
  /** Messages that led to the failing step, the nearest first. */
  readonly chain: readonly Happening[];
  /** Other messages that speak of what failed: the latest, then the most telling. */
  readonly others: readonly Happening[];
  /** The same for what crossed boundaries. */
  readonly crossings: readonly Crossing[];
  /** And for what was sent and not taken in: in the failing step itself, and before it. */
  readonly sent: readonly Sending[];
  /**
   * What those whom the failure is about said to others, or heard: at a time that it names, and
   * last of all when no message led to it.
   */
  readonly exchanged: readonly Happening[];
  /** What they did last, of each boundary, and of what they do seldom. */
  readonly last: readonly Crossing[];
}

const CHAIN_MAX = 8;
const OTHERS_MAX = 40;
const LATEST_MAX = 3;
const CROSSINGS_MAX = 8;
const SENT_MAX = 2;
const EXCHANGED_MAX = 6;
const LAST_BOUNDARIES_MAX = 4;
const SELDOM_MAX = 3;
const UNTAKEN_MAX = 4;

export function relevantTo(failure: Violation, chronicle: Chronicle): Relevant {
  const before = chronicle.happenings.slice(0, failure.step).filter(isMessage);
  const { crossings } = chronicle;
  const subject = new Subject(
    failure,
    failure.kind === 'always'
      ? [
          chronicle.at(failure.step)?.target ?? '',
          ...crossings.filter(({ step }) => step === failure.step).map(({ words }) => words),
        ]
      : [],
    [...before.map(wordsOfMessage), ...crossings.map(wordsOfCrossing)],
    chronicle.processes,
  );
  const latest = before.filter((item) => subject.namesThing(item.words, chronicle.processes)).slice(-LATEST_MAX);
  // A goal that was not reached has no step at which it failed: what was said of it last has causes, the end of the run has none.
  const end = failure.kind === 'always' ? failure.step : (latest.at(-1)?.step ?? 0);
  const chain = chronicle.chain(end).filter(isMessage).slice(0, CHAIN_MAX);
  const onChain = new Set(chain);
  const frequency = frequencyOfForms(before);
  const messages = before
    .filter((message) => !onChain.has(message))
    .map((item) => ({ item, weight: subject.weight(wordsOfMessage(item)), frequency: frequency.get(formOf(item)) ?? 1 }));
  const crossed = firstOfEach(crossings.filter(({ step }) => step <= failure.step)).map((item) => ({
    item,
    weight: subject.weight(wordsOfCrossing(item)),
  }));
  const most = [...messages, ...crossed].reduce((max, { weight }) => Math.max(max, weight), 0);
  const others = weightiest(withoutRepetition(messages), most);
  const untaken = chronicle.untaken
    .filter(({ from, to }) => from !== to)
    .map((item) => ({
      item,
      weight:
        subject.weight(`${item.from} ${wordsOf(item)} ${item.to}`) *
        (subject.isAbout(item.from) || subject.isAbout(item.to) ? 2 : 1),
    }));
  const isLast = ({ item }: Weighed<Sending>): boolean => failure.kind === 'always' && item.step === failure.step;
  const named = chronicle.processes.filter((name) => hasWhole(failure.message, name));
  const actor = failure.kind === 'always' ? (chronicle.at(failure.step)?.target ?? null) : null;
  const own = crossings.filter(({ step, process }) => step <= failure.step && (process === actor || named.includes(process)));
  return {
    chain,
    others: [...new Set([...latest.filter((message) => !onChain.has(message)), ...others])].slice(0, OTHERS_MAX),
    crossings: weightiest(onceAround(crossed), most).slice(0, CROSSINGS_MAX),
    sent: [
      ...weightiest(
        untaken.filter((one) => !isLast(one)),
        most,
      ).slice(0, UNTAKEN_MAX),
      ...weightiest(untaken.filter(isLast), 0).slice(0, SENT_MAX),
    ],
    exchanged: [
      ...new Set([...saidAtTimes(failure, before, named), ...(chain.length === 0 ? lastExchanged(before, named) : [])]),
    ],
    last: [
      ...lastOfEach(own, ({ boundary }) => boundary).slice(0, LAST_BOUNDARIES_MAX),
      ...lastOfEach(own, ({ boundary, words }) => blanked(boundary, words)).slice(0, SELDOM_MAX),
    ],
  };
}

export function isMessage({ type, source, target, outcome }: Happening): boolean {
  return (type === EventType.datagram || type === EventType.segment) && source !== target && outcome === 'handled';
}

function wordsOfMessage({ source, target, words }: Happening): string {
  return `${source ?? ''} ${words} ${target ?? ''}`;
}

function wordsOfCrossing({ process, words }: Crossing): string {
  return `${process} ${words}`;
}

interface Weighed<Item> {
  readonly item: Item;
  readonly weight: number;
  /** How often the like of it is said in the run. */
  readonly frequency?: number;
}

/** What weighs so many times less than the weightiest has only common words in common. */
const LIGHT = 3;

/**
 * By weight; of equal weight what is said seldom before what is said all the time, and what comes later before what comes early.
 */
function weightiest<Item extends { readonly step: number }>(weighed: readonly Weighed<Item>[], most: number): readonly Item[] {
  return weighed
    .filter(({ weight }) => weight > 0 && weight * LIGHT >= most)
    .sort((a, b) => b.weight - a.weight || rarity(b) - rarity(a) || b.item.step - a.item.step)
    .map(({ item }) => item);
}

/** By powers of two. */
function rarity({ frequency = 1 }: Weighed<unknown>): number {
  return Math.clz32(frequency);
}

/** How a message is put, whatever it names and counts. */
function formOf({ kind, words }: Happening): string {
  return blanked(kind, words);
}

function blanked(kind: string, words: string): string {
  return `${kind} ${words.replace(/[\w.-]*\d[\w.-]*/g, '#')}`;
}

function frequencyOfForms(messages: readonly Happening[]): ReadonlyMap<string, number> {
  const frequency = new Map<string, number>();
  for (const message of messages) frequency.set(formOf(message), (frequency.get(formOf(message)) ?? 0) + 1);
  return frequency;
}

/** Of what differs in its numbers alone, the first one and so many of the latest. */
const LATEST_ALIKE = 3;

/** Of what one says to another in the same words, the first time and the last; of what is alike but for its numbers, a few. */
function withoutRepetition(weighed: readonly Weighed<Happening>[]): readonly Weighed<Happening>[] {
  const same = groupsOf(weighed, ({ item }) => `${item.kind} ${wordsOfMessage(item)}`).flatMap((group) => endsOf(group, 1));
  same.sort((a, b) => a.item.step - b.item.step);
  return groupsOf(same, ({ item, weight }) => `${weight} ${item.kind} ${wordsOfMessage(item).replace(/\d+/g, '#')}`).flatMap(
    (group) => endsOf(group, LATEST_ALIKE),
  );
}

/** What all of them do one after the other: who does it first, and who last. */
function onceAround(weighed: readonly Weighed<Crossing>[]): readonly Weighed<Crossing>[] {
  return groupsOf(
    weighed,
    ({ item: { boundary, words }, weight }) => `${weight} ${boundary} ${words.replace(/\d+/g, '#')}`,
  ).flatMap((group) => endsOf(group, 1));
}

/** Only what weighs anything. */
function groupsOf<Item>(
  weighed: readonly Weighed<Item>[],
  key: (one: Weighed<Item>) => string,
): readonly (readonly Weighed<Item>[])[] {
  const groups = new Map<string, Weighed<Item>[]>();
  for (const one of weighed) {
    if (one.weight === 0) continue;
    const group = groups.get(key(one));
    if (group === undefined) groups.set(key(one), [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

function endsOf<Item>(group: readonly Item[], latest: number): readonly Item[] {
  return [...new Set([...group.slice(0, 1), ...group.slice(-latest)])];
}

/** Where the failure says since when: what those whom it names said first from then on. */
function saidAtTimes({ message }: Violation, before: readonly Happening[], named: readonly string[]): readonly Happening[] {
  return [...message.matchAll(/(\d+\.\d{6}) s\b(?! ago)/g)].flatMap(([, time]) => {
    const fromUs = Math.round(Number(time) * 1_000_000);
    return before.find(({ source, departUs }) => source !== null && named.includes(source) && departUs >= fromUs) ?? [];
  });
}

/** Of each kind of message the last one that somebody else sent them, and the last one that they sent. */
function lastExchanged(before: readonly Happening[], named: readonly string[]): readonly Happening[] {
  const last = new Map<string, Happening>();
  for (const message of before) {
    const { kind, source, target } = message;
    if (target !== null && named.includes(target)) last.set(`to ${target} ${kind}`, message);
    if (source !== null && named.includes(source)) last.set(`from ${source} ${kind}`, message);
  }
  return [...new Set(last.values())].sort((a, b) => a.step - b.step).slice(-EXCHANGED_MAX);
}

/** Of what is alike at one place the last one; what is done once in a run before what is done all the time. */
function lastOfEach(crossings: readonly Crossing[], likeness: (crossing: Crossing) => string): readonly Crossing[] {
  const alike = new Map<string, { readonly item: Crossing; readonly frequency: number }>();
  for (const item of crossings) {
    const form = `${item.process} ${likeness(item)}`;
    alike.set(form, { item, frequency: (alike.get(form)?.frequency ?? 0) + 1 });
  }
  return [...alike.values()].sort((a, b) => a.frequency - b.frequency || b.item.step - a.item.step).map(({ item }) => item);
}

/** Of what is said again in the same words at the same place, the first time. */
function firstOfEach(crossings: readonly Crossing[]): readonly Crossing[] {
  const seen = new Set<string>();
  return crossings.filter(({ process, boundary, words }) => {
    const said = `${process} ${boundary} ${words}`;
    if (seen.has(said)) return false;
    seen.add(said);
    return true;
  });
}

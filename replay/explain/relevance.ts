/** What in a run may have to do with its failure: the way that led to it, and what speaks of the same things. */
import { EventType, type Violation } from '../../sim/index.ts';
import type { Chronicle, Crossing, Happening } from './chronicle.ts';
import { Subject } from './subject.ts';

export interface Relevant {
  /** Messages that led to the failing step, the nearest first. */
  readonly chain: readonly Happening[];
  /** Other messages that speak of what failed: the latest, then the most telling. */
  readonly others: readonly Happening[];
  /** The same for what crossed boundaries. */
  readonly crossings: readonly Crossing[];
}

const CHAIN_MAX = 8;
const OTHERS_MAX = 40;
const LATEST_MAX = 3;
const CROSSINGS_MAX = 8;

export function relevantTo(failure: Violation, chronicle: Chronicle): Relevant {
  const before = chronicle.happenings.slice(0, failure.step).filter(isMessage);
  const chain = chronicle.chain(failure.step).filter(isMessage).slice(0, CHAIN_MAX);
  const { crossings } = chronicle;
  const subject = new Subject(
    failure.message,
    failure.kind === 'always' ? crossings.filter(({ step }) => step === failure.step).map(({ words }) => words) : [],
    [...before.map(wordsOfMessage), ...crossings.map(wordsOfCrossing)],
  );
  const onChain = new Set(chain);
  const messages = before.filter((message) => !onChain.has(message)).map((item) => ({ item, weight: subject.weight(wordsOfMessage(item)) }));
  const crossed = firstOfEach(crossings.filter(({ step }) => step <= failure.step)).map((item) => ({ item, weight: subject.weight(wordsOfCrossing(item)) }));
  const most = [...messages, ...crossed].reduce((max, { weight }) => Math.max(max, weight), 0);
  const others = weightiest(messages, most);
  const latest = messages.map(({ item }) => item).filter((item) => subject.namesThing(item.words, chronicle.processes)).slice(-LATEST_MAX);
  return { chain, others: [...new Set([...latest, ...others])].slice(0, OTHERS_MAX), crossings: weightiest(crossed, most).slice(0, CROSSINGS_MAX) };
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

/** What weighs so many times less than the weightiest has only common words in common. */
const LIGHT = 3;

/** By weight, and what comes later before what comes early. */
function weightiest<Item extends { readonly step: number }>(weighed: readonly { readonly item: Item; readonly weight: number }[], most: number): readonly Item[] {
  return weighed
    .filter(({ weight }) => weight > 0 && weight * LIGHT >= most)
    .sort((a, b) => b.weight - a.weight || b.item.step - a.item.step)
    .map(({ item }) => item);
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

/** The goals of a run, its `eventually` properties: which are reached, and what the others still wait for, since when. */
import { PropertyError, type Monitor, type Property } from './property.ts';
import { seconds, type Micros } from '../time.ts';

/** A part of a goal that is not there yet. */
export interface Waiting {
  readonly property: string;
  /** Which part, and what it waits for, in words. */
  readonly waitsFor: string;
  /** Since when that has been so, as far as anybody has looked: after the heal, once a second. */
  readonly sinceUs: Micros;
}

/** At this pace all parts are looked at. Between, a goal is asked for the first one only. */
const LOOK_EVERY_US = seconds(1);
/** Of one goal: where a whole kind of object is missing, the first few say it. */
const PARTS_MAX = 20;

interface Goal {
  readonly property: string;
  readonly monitor: Monitor;
}

export class Goals {
  private readonly goals: Goal[] = [];
  private since = new Map<string, Micros>();
  private nextLookUs: Micros = 0;

  get count(): number {
    return this.goals.length;
  }

  add({ id }: Property, monitor: Monitor): void {
    this.goals.push({ property: id, monitor });
  }

  /** To be asked after the heal. */
  reached(nowUs: Micros): boolean {
    if (!this.goals.some((goal) => firstOf(goal) !== null)) return true;
    if (nowUs >= this.nextLookUs) {
      this.nextLookUs = nowUs + LOOK_EVERY_US;
      this.look(nowUs);
    }
    return false;
  }

  /** What each goal that is not reached waits for first. */
  first(): readonly { readonly property: string; readonly waitsFor: string }[] {
    return this.goals.flatMap((goal) => {
      const waitsFor = firstOf(goal);
      return waitsFor === null ? [] : [{ property: goal.property, waitsFor }];
    });
  }

  /** All parts that are not there, goal by goal; when the run `isOver`, without those whose time has not come. */
  waiting(nowUs: Micros, isOver: boolean): readonly Waiting[] {
    const parts = this.goals.flatMap((goal) =>
      partsOf(goal, PARTS_MAX, isOver).map((waitsFor) => ({ property: goal.property, waitsFor })),
    );
    return parts.map(({ property, waitsFor }) => ({
      property,
      waitsFor,
      sinceUs: this.since.get(keyOf(property, waitsFor)) ?? nowUs,
    }));
  }

  private look(nowUs: Micros): void {
    const since = new Map<string, Micros>();
    for (const { property, waitsFor, sinceUs } of this.waiting(nowUs, false)) since.set(keyOf(property, waitsFor), sinceUs);
    this.since = since;
  }
}

function keyOf(property: string, part: string): string {
  return `${property}\0${part}`;
}

function firstOf(goal: Goal): string | null {
  const [first = null] = partsOf(goal, 1, false);
  return first;
}

function partsOf({ property, monitor }: Goal, most: number, isOver: boolean): readonly string[] {
  try {
    if (monitor.waits === undefined) {
      const part = monitor.pending?.() ?? null;
      return part === null ? [] : [part];
    }
    const parts: string[] = [];
    for (const part of monitor.waits(isOver)) {
      parts.push(part);
      if (parts.length === most) break;
    }
    return parts;
  } catch (error) {
    throw new PropertyError(property, error);
  }
}

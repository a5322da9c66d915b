/**
 * Who holds what to be true, and since when: what processes say of their authority (who leads, in which term, under which token).
 */
import { formatTime, type Micros, type Observer, type Run, type SimEvent } from '../../sim/index.ts';

/** Names under which systems keep who may act, and under which number. */
const AUTHORITY = ['role', 'leader', 'term', 'token', 'epoch', 'holder', 'primary'] as const;
const AUTHORITY_NAMES: ReadonlySet<string> = new Set(AUTHORITY);
/** Of these the higher one is the newer one. */
const NUMBERED = ['term', 'token', 'epoch'] as const;
/** Deeper stands what a process keeps, not what it is. */
const DEPTH_MAX = 3;

export type Fact = (typeof AUTHORITY)[number];
export type Facts = ReadonlyMap<Fact, string | number>;

/** From a step on a process holds something else to be true. */
export interface Change {
  readonly step: number;
  readonly timeUs: Micros;
  readonly process: string;
  readonly before: Facts;
  readonly after: Facts;
  /** It has had this role before, and another one in between. */
  readonly again: boolean;
}

/** Inspecting costs more than most steps do: of a busy process not every step is looked at. */
const LOOKS_MAX = 40_000;

/** Follows some processes of a run. Attach it before the first step. */
export class Beliefs implements Observer {
  /** By process, in order of time. */
  private readonly changes = new Map<string, Change[]>();
  private readonly run: Run;
  private readonly stride: number;
  private events = 0;

  /** `steps`: about how many the run will take. */
  constructor(run: Run, processes: readonly string[], steps: number) {
    this.run = run;
    for (const name of processes) this.changes.set(name, []);
    this.stride = Math.ceil(steps / LOOKS_MAX);
    run.observe(this);
  }

  stepped({ target }: SimEvent): void {
    if (target === null || this.events++ % this.stride !== 0) return;
    const changes = this.changes.get(target.name);
    if (changes === undefined) return;
    const before = changes.at(-1)?.after ?? NONE;
    const after = factsOf(target.program?.inspect?.());
    if (same(before, after)) return;
    const role = after.get('role');
    const again = before.get('role') !== role && changes.some((change) => change.after.get('role') === role);
    changes.push({ step: this.run.step, timeUs: this.run.nowUs, process: target.name, before, after, again });
  }

  /** Every step was looked at, so that a change is one of the very step that it is put down to. */
  get isExact(): boolean {
    return this.stride === 1;
  }

  /** What a process held to be true after a step. */
  at(process: string, step: number): Facts {
    return this.last(process, step)?.after ?? NONE;
  }

  /** The change by which it came to hold its present value of a fact. */
  since(process: string, fact: Fact, step: number): Change | undefined {
    return this.changes
      .get(process)
      ?.findLast((change) => change.step <= step && change.before.get(fact) !== change.after.get(fact));
  }

  /** The changes that gave a process the authority that it holds after a step: its role, its token. */
  behind(process: string, step: number): readonly Change[] {
    const facts = this.at(process, step);
    return TELLING.flatMap((fact) => {
      const change = facts.has(fact) ? this.since(process, fact, step) : undefined;
      return change === undefined || isAtRest(change) ? [] : [change];
    });
  }

  /** What others of the same kind held, at that step, under a higher number: the changes by which they came to it. */
  contradicting(process: string, step: number): readonly Change[] {
    return this.newer(process, step).map(({ change }) => change);
  }

  /** Who holds a higher number than this process does, which leads by its own. */
  newer(process: string, step: number): readonly { readonly fact: Fact; readonly own: number; readonly change: Change }[] {
    const facts = this.at(process, step);
    return NUMBERED.flatMap((fact) => {
      const own = facts.get(fact);
      if (typeof own !== 'number' || (fact === 'term' && facts.get('role') !== 'leader')) return [];
      const higher = [...this.changes.keys()].flatMap((other) => {
        const value = this.at(other, step).get(fact);
        const isRival =
          other !== process && typeof value === 'number' && value > own && this.areAlike(process, other, fact, step);
        const change = isRival ? this.since(other, fact, step) : undefined;
        return change === undefined ? [] : [{ fact, own, change }];
      });
      return higher.sort((a, b) => a.change.step - b.change.step).slice(0, 1);
    });
  }

  /** A token is one of its role, a term one of its group. */
  private areAlike(a: string, b: string, fact: Fact, step: number): boolean {
    return fact === 'term' || this.at(a, step).get('role') === this.at(b, step).get('role');
  }

  private last(process: string, step: number): Change | undefined {
    return this.changes.get(process)?.findLast((change) => change.step <= step);
  }
}

const NONE: Facts = new Map();

/** The facts in what a program says of itself; of several under one name the outermost counts. */
function factsOf(view: unknown): Facts {
  const facts = new Map<Fact, string | number>();
  let level: readonly object[] = typeof view === 'object' && view !== null ? [view] : [];
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    const inner: object[] = [];
    const isDeepest = depth === DEPTH_MAX - 1;
    for (const part of level) {
      if (Array.isArray(part) || part instanceof Map || part instanceof Set) continue;
      // Plain names, not entries: a process is asked after every step of it, and most of what it says is no authority.
      for (const name of Object.keys(part)) {
        const value = part[name as keyof typeof part] as unknown;
        if (typeof value === 'object') {
          if (value !== null && !isDeepest) inner.push(value);
        } else if (isAuthority(name) && !facts.has(name) && (typeof value === 'number' || typeof value === 'string'))
          facts.set(name, value);
      }
    }
    level = inner;
  }
  return facts;
}

/** It only follows somebody, as most do most of the time, or says what it is once and for all. */
function isAtRest({ before, after }: Change): boolean {
  return (
    after.get('role') === 'follower' ||
    TELLING.every((fact) => before.get(fact) === after.get(fact) || (fact === 'role' && !before.has(fact)))
  );
}

/** Facts whose change is worth a sentence. */
const TELLING: readonly Fact[] = ['role', 'token', 'epoch', 'primary'];

/** `store-5 is leader again and no longer candidate (term 32)`. */
export function sayChange({ process, before, after, again }: Change): string {
  const differs = TELLING.filter((fact) => before.get(fact) !== after.get(fact));
  const shown = differs.map((fact) => sayFact(fact, before.get(fact), after.get(fact), again));
  const term = after.get('term');
  if (shown.length === 0 && term !== undefined) return `${process} comes to term ${term}`;
  return `${process} ${shown.join(', ')}${term === undefined ? '' : ` (term ${term})`}`;
}

function sayFact(fact: Fact, before: string | number | undefined, after: string | number | undefined, again: boolean): string {
  if (fact === 'role')
    return `is ${String(after)}${again ? ' again' : ''}${before === undefined ? '' : ` and no longer ${before}`}`;
  if (after === undefined) return `holds no ${fact} any more`;
  return `holds ${fact} ${after}${before === undefined ? '' : ` instead of ${before}`}`;
}

/** What a process does not know yet: by a higher number others have gone on without it. */
export function notesFor(beliefs: Beliefs, process: string, step: number): readonly string[] {
  return beliefs.newer(process, step).map(({ fact, own, change }) => {
    const holds = fact === 'term' ? `believes to lead term ${own}` : `holds ${fact} ${own}`;
    const other =
      fact === 'term'
        ? `has been in term ${String(change.after.get(fact))}`
        : `has held ${fact} ${String(change.after.get(fact))}`;
    return `${process} ${holds}, and ${change.process} ${other} since ${formatTime(change.timeUs)}`;
  });
}

function isAuthority(name: string): name is Fact {
  return AUTHORITY_NAMES.has(name);
}

function same(a: Facts, b: Facts): boolean {
  return a.size === b.size && [...a].every(([fact, value]) => b.get(fact) === value);
}

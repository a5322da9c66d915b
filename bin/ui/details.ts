/** What is not remembered but re-executed: the states of processes, an event's body and the digest, block by block. */
import type { ProcessView, Run, RunSpec, SimEvent } from '../../sim/index.ts';
import { printable } from './cell-width.ts';
import { fieldsOf, type Field } from './fields.ts';

/** Where runs at a given step come from: re-execution, from wherever is nearest. */
export interface StepSource {
  /** A run that has taken exactly `step` steps, or has ended before. The caller may advance it until it asks again. */
  at(step: number): Run;
  /** Prepares for later questions, taking about so many steps. False when there is nothing to prepare. */
  tend(steps: number): boolean;
  /** Where runs stand that `at` may begin from. */
  readonly parkedAt: readonly number[];
}

/** Everything there is to know about one event. */
export interface EventDetail {
  readonly bytes: number;
  /** When a message left its source. */
  readonly departUs: number;
  readonly fields: () => readonly Field[];
  /** Over all steps up to this one. */
  readonly digest: string;
}

/** A process after an event. */
export interface ProcessDetail {
  readonly state: ProcessView['state'];
  readonly incarnation: number;
  /** Events in its mailbox. */
  readonly waiting: number;
  readonly connections: number;
  /** Its own account of itself, then its machine. */
  readonly fields: readonly Field[];
  /** What it was before the event; the same list when the event was not its own. */
  readonly before: readonly Field[];
}

/** Events in a block. Blocks begin at fixed steps, so that what is shown of an event does not depend on the way there. */
export const BLOCK_EVENTS = 64;
/** Blocks kept; the one used longest ago goes. */
const BLOCKS_MAX = 64;
/** Who walks backwards would use up a parked run for each block; so many blocks come of one. */
const BLOCKS_BACK = 8;

interface Standing {
  readonly state: ProcessView['state'];
  readonly incarnation: number;
  readonly waiting: number;
  readonly connections: number;
}

interface BlockEvent {
  readonly detail: EventDetail;
  /** By position of the process. */
  readonly standings: readonly Standing[];
  /** The processes that the event concerned, as they were after it. */
  readonly changed: ReadonlyMap<number, readonly Field[]>;
}

interface Block {
  /** Of every process, before the first event of the block. */
  readonly base: readonly (readonly Field[])[];
  readonly baseStandings: readonly Standing[];
  readonly events: readonly BlockEvent[];
}

export class Details {
  readonly spec: RunSpec;
  private readonly source: StepSource;
  private readonly blocks = new Map<number, Block>();
  private readonly startDigest: string;
  /** Runs come back, so each is listened to once. */
  private readonly listeners = new WeakMap<Run, Listener>();

  constructor(spec: RunSpec, source: StepSource) {
    this.spec = spec;
    this.source = source;
    this.startDigest = source.at(0).digest;
  }

  /** Executes what has to be for a look at an event, up to about so many steps of it at a time. False while there is more. */
  approach(event: number, steps: number): boolean {
    const index = blockOf(event);
    if (this.blocks.has(index)) return true;
    const goal = this.firstNeeded(index) * BLOCK_EVENTS;
    const nearest = Math.max(0, ...this.source.parkedAt.filter((step) => step <= goal));
    if (goal - nearest <= steps) return true;
    this.source.at(nearest + steps);
    return false;
  }

  digest(event: number): string {
    return event === 0 ? this.startDigest : this.event(event).digest;
  }

  event(event: number): EventDetail {
    return this.blockEvent(event).detail;
  }

  /** A process (by position) after an event; before the first event for 0. */
  process(process: number, event: number): ProcessDetail {
    const block = this.block(blockOf(event));
    const at = event === 0 ? -1 : (event - 1) % BLOCK_EVENTS;
    const standing = (block.events[at]?.standings ?? block.baseStandings)[process] as Standing;
    return { ...standing, fields: fieldsAt(block, process, at), before: fieldsAt(block, process, Math.max(at - 1, -1)) };
  }

  private blockEvent(event: number): BlockEvent {
    const found = this.block(blockOf(event)).events[(event - 1) % BLOCK_EVENTS];
    if (found === undefined) throw new RangeError(`there is no event ${event}`);
    return found;
  }

  private block(index: number): Block {
    const known = this.blocks.get(index);
    if (known !== undefined) {
      // The one used last stands last.
      this.blocks.delete(index);
      this.blocks.set(index, known);
      return known;
    }
    const first = this.firstNeeded(index);
    const run = this.source.at(first * BLOCK_EVENTS);
    let block = this.execute(run, first);
    for (let next = first + 1; next <= index; next++) block = this.execute(run, next);
    return block;
  }

  /** Who walks backwards needs the blocks before it soon. */
  private firstNeeded(index: number): number {
    return this.blocks.has(index + 1) ? Math.max(0, index - BLOCKS_BACK + 1) : index;
  }

  /** Executes a block with a run that stands before it. */
  private execute(run: Run, index: number): Block {
    const block = this.capture(run, index * BLOCK_EVENTS);
    this.blocks.delete(index);
    this.blocks.set(index, block);
    for (const oldest of this.blocks.keys()) {
      if (this.blocks.size <= BLOCKS_MAX) break;
      this.blocks.delete(oldest);
    }
    return block;
  }

  private capture(run: Run, first: number): Block {
    const { processes } = run;
    let last = processes.map(({ name }) => fieldsOfProcess(run, name));
    const base = last;
    const baseStandings = standingsOf(run);
    const events: BlockEvent[] = [];
    const listener = this.listenTo(run);
    while (events.length < BLOCK_EVENTS && run.verdict === null) {
      run.advance(first + events.length + 1);
      const event = listener.take();
      if (event === null) break;
      const changed = new Map<number, readonly Field[]>();
      // Processes share nothing: an event changes its target, and only the world's own events may change any process.
      for (const { index: at, name } of event.target === null ? processes : [event.target]) {
        const fields = fieldsOfProcess(run, name);
        if (!sameFields(fields, last[at] as readonly Field[])) changed.set(at, fields);
      }
      if (changed.size > 0) last = last.map((fields, at) => changed.get(at) ?? fields);
      events.push({ detail: eventDetail(event, run.digest), standings: standingsOf(run), changed });
    }
    return { base, baseStandings, events };
  }

  private listenTo(run: Run): Listener {
    const known = this.listeners.get(run);
    if (known !== undefined) {
      known.take();
      return known;
    }
    const listener = new Listener();
    run.observe(listener);
    this.listeners.set(run, listener);
    return listener;
  }
}

/** Holds the last event of a run until it is asked for. */
class Listener {
  private event: SimEvent | null = null;

  stepped(event: SimEvent): void {
    this.event = event;
  }

  take(): SimEvent | null {
    const { event } = this;
    this.event = null;
    return event;
  }
}

function blockOf(event: number): number {
  return event === 0 ? 0 : Math.floor((event - 1) / BLOCK_EVENTS);
}

/** The fields of a process after the event at `at` of a block; -1 is before its first. */
function fieldsAt(block: Block, process: number, at: number): readonly Field[] {
  for (let i = at; i >= 0; i--) {
    const fields = block.events[i]?.changed.get(process);
    if (fields !== undefined) return fields;
  }
  return block.base[process] as readonly Field[];
}

function eventDetail({ body, bytes, departUs }: SimEvent, digest: string): EventDetail {
  return { bytes, departUs, digest, fields: () => (body === null ? [] : fieldsOf(body)) };
}

function standingsOf(run: Run): readonly Standing[] {
  return run.processes.map(({ up, paused, powered, incarnation, waiting, ends }) => ({
    state: up ? (paused ? 'paused' : 'up') : powered ? 'down' : 'powerless',
    incarnation,
    waiting,
    connections: ends.size,
  }));
}

/** The code that gives the account may be the user's own, and may throw. */
function fieldsOfProcess(run: Run, name: string): readonly Field[] {
  try {
    return processFields(run.inspect(name));
  } catch (error) {
    return [{ path: 'inspect()', value: `threw: ${printable(error instanceof Error ? error.message : String(error))}` }];
  }
}

/** Its own account of itself, then what is out of the ordinary about its machine, and the files on its disk. */
function processFields(view: ProcessView): readonly Field[] {
  const { program, slowness } = view;
  const clock = unusual(view.clock as object);
  const { files, ...disk } = unusual(view.disk as object);
  const machine = {
    ...(slowness === 1 ? {} : { slowness }),
    ...(isEmpty(clock) ? {} : { clock }),
    ...(isEmpty(disk) ? {} : { disk }),
    ...(files === undefined ? {} : { files }),
  };
  return [...(program === null ? [] : fieldsOf(program)), ...fieldsOf(machine)];
}

function unusual(part: object): Readonly<Record<string, unknown>> {
  const usual = (name: string, value: unknown): boolean =>
    value === false ||
    value === 0 ||
    (name === 'slowness' && value === 1) ||
    (typeof value === 'object' && value !== null && isEmpty(value));
  return Object.fromEntries(Object.entries(part).filter(([name, value]) => !usual(name, value)));
}

function isEmpty(part: object): boolean {
  return Object.keys(part).length === 0;
}

function sameFields(a: readonly Field[], b: readonly Field[]): boolean {
  return a.length === b.length && a.every(({ path, value }, at) => path === b[at]?.path && value === b[at]?.value);
}

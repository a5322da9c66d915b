/** Which objects more than one simulated process can reach, and could change: there should be none, for only messages cross. */
import { Freezer } from '../../sim/freeze.ts';
import type { Co, Task } from '../../sim/process/coroutine.ts';
import { EventType, type Boot, type ProcessOptions, type Run, type RunSpec, type SimEvent, type World } from '../../sim/index.ts';
import { Process } from '../../sim/process/process.ts';
import { Reach, type Reached } from './reach.ts';

export interface Shared {
  readonly what: string;
  /** How each of two processes reaches it. */
  readonly paths: readonly [string, string];
}

type Spawn = (this: Process, name: string, body: Co<unknown>, finished?: (value: unknown) => void) => Task;

/** What the simulator gives to a program: each process has its own, and behind it lies the whole simulation. */
const SIMULATOR: ReadonlySet<string> = new Set([
  'Process',
  'Kernel',
  'Endpoint',
  'SimEvent',
  'Stream',
  'Streams',
  'History',
  'Disk',
  'Clock',
  'Network',
  'Link',
  'Observers',
  'Readings',
]);

export class SharedMemory {
  /** How many objects were looked at, in all processes and moments. */
  looked = 0;
  private readonly reach: Reach;
  private readonly constants: ReadonlySet<object>;
  private readonly freezer = new Freezer();
  /** The coroutines of each process. A function's `this` is not told by the debugger, and some are held by nothing else. */
  private readonly tasks = new Map<Process, Set<Task>>();

  /** `modules`: everything that code under test is made of, loaded before anything runs: its constants are nobody's memory. */
  constructor(modules: readonly object[]) {
    const outer = new Reach(isSimulator);
    this.constants = new Set(outer.from(new Map(modules.map((module, at) => [String(at), module])), true).keys());
    outer.close();
    this.noteTasks();
    this.reach = new Reach((object) => isSimulator(object) || this.constants.has(object));
  }

  /**
   * The same run, in which what programs were booted with is frozen to its depth: the design,
   * which all of them share, and the like.
   */
  withFrozenOptions(spec: RunSpec): RunSpec {
    const frozen = (world: World): World => ({
      ...world,
      process: (options: ProcessOptions, startUs) => {
        this.freezeCaptured(options.boot);
        world.process(options, startUs);
      },
    });
    return { ...spec, freezeMessages: true, build: (world) => spec.build(frozen(world)) };
  }

  /** What is shared now. */
  find(run: Run): readonly Shared[] {
    const owners = new Map<object, string>();
    const shared = new Map<object, Shared>();
    const pending = pendingEvents(run);
    for (const process of run.processes) {
      for (const [object, path] of this.memoryOf(
        process,
        pending.filter(({ target }) => target === process),
      )) {
        this.looked++;
        const other = owners.get(object);
        if (other === undefined) owners.set(object, path);
        else if (!shared.has(object) && !isImmutable(object))
          shared.set(object, { what: describe(object), paths: [other, path] });
      }
    }
    return [...shared.values()];
  }

  close(): void {
    this.reach.close();
  }

  /** A program's memory is what it holds, what its connections tell, and what it is to do at a time or when its disk is done. */
  private memoryOf(process: Process, pending: readonly SimEvent[]): Reached {
    const { name, program, ends } = process;
    const roots = new Map<string, unknown>([[name, program]]);
    let at = 0;
    for (const end of ends) roots.set(`${name}.<connection ${++at}>`, (end as unknown as { readonly handler: unknown }).handler);
    for (const { kind, action } of pending) roots.set(`${name}.<${kind.name} ${++at}>`, action);
    for (const task of this.tasks.get(process) ?? []) if (!task.done) roots.set(`${name}.<${task.name} ${++at}>`, task);
    return this.reach.from(roots);
  }

  private noteTasks(): void {
    const spawn = Reflect.get(Process.prototype, 'spawn') as Spawn;
    const { tasks } = this;
    Process.prototype.spawn = function noted<T>(
      this: Process,
      name: string,
      body: Co<T>,
      finished?: (value: T) => void,
    ): Task<T> {
      const task = spawn.call(this, name, body, finished as (value: unknown) => void);
      const own = tasks.get(this) ?? new Set();
      tasks.set(this, own.add(task));
      return task as Task<T>;
    };
  }

  private freezeCaptured(boot: Boot): void {
    for (const object of this.reach.from(new Map([['boot', boot]])).keys())
      if (typeof object !== 'function') this.freezer.freeze(object);
  }
}

/** No program sees the queue, and neither does a property. */
function pendingEvents(run: Run): readonly SimEvent[] {
  const { kernel } = run as unknown as { readonly kernel: { readonly queue: { readonly heap: Iterable<SimEvent> } } };
  return [...kernel.queue.heap].filter(
    ({ type, action }) => action !== null && (type === EventType.timer || type === EventType.disk),
  );
}

function isSimulator(object: object): boolean {
  return SIMULATOR.has(className(object));
}

/** Functions hold nothing themselves: what they have captured is looked at. */
function isImmutable(object: object): boolean {
  if (typeof object === 'function') return true;
  // Whoever freezes a message takes away what changes a collection.
  return object instanceof Map || object instanceof Set ? Object.hasOwn(object, 'clear') : Object.isFrozen(object);
}

function describe(object: object): string {
  return `${className(object)} {${Object.keys(object).slice(0, 6).join(', ')}}`;
}

/** Without asking the object itself, which may be a trap. */
function className(object: object): string {
  const prototype = Object.getPrototypeOf(object) as object | null;
  const maker =
    prototype === null
      ? undefined
      : (Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as { readonly name?: string } | undefined);
  return maker?.name ?? '';
}

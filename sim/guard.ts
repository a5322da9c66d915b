/** The guard: while a simulation runs, the ways out of determinism throw instead of answering. */

type Holder = Record<string, unknown>;

interface Trap {
  /** The object that holds it, by its path from the global object; empty for the global object itself. */
  readonly holder: readonly string[];
  readonly name: string;
  /** What stands in for it, given what it is. */
  readonly substitute: (original: unknown) => unknown;
}

const TRAPS: readonly Trap[] = [
  // Clocks and chance.
  closed('Date'),
  closed('Math', 'random'),
  closed('performance', 'now'),
  closed('crypto', 'randomUUID'),
  closed('crypto', 'getRandomValues'),
  // Queues other than the simulation's.
  closed('setTimeout'),
  closed('setInterval'),
  closed('setImmediate'),
  closed('queueMicrotask'),
  closed('fetch'),
  // What the engine's locale data decides.
  closed('Intl'),
  closed('String', 'prototype', 'localeCompare'),
  closed('Number', 'prototype', 'toLocaleString'),
  // Without a comparator they order numbers by their text.
  compared('Array', 'prototype', 'sort'),
  compared('Array', 'prototype', 'toSorted'),
];

/** Somebody has asked what no seed decides. */
export class GuardError extends Error {
  override name = 'GuardError';
  /** What was used, such as `Math.random`. */
  readonly used: string;

  constructor(used: string) {
    super(
      `${used} was used inside a simulation: nothing but the seed may decide there (use the process's clock, timers and streams)`,
    );
    this.used = used;
  }
}

/** Runs `body` with the traps set, and lifts them whatever happens. May be nested. */
export function guarded<T>(body: () => T): T {
  const lift: (() => void)[] = [];
  try {
    for (const each of TRAPS) lift.push(set(each));
    return body();
  } finally {
    for (const restore of lift.reverse()) restore();
  }
}

function set({ holder: path, name, substitute }: Trap): () => void {
  let holder = globalThis as unknown as Holder | undefined;
  for (const step of path) holder = holder?.[step] as Holder | undefined;
  const own = holder === undefined ? undefined : Object.getOwnPropertyDescriptor(holder, name);
  // A host may lack one, have it on a prototype or lock it; an inherited one is shadowed for the while.
  if (holder === undefined || !(name in holder) || own?.configurable === false) return () => undefined;
  // A global may be made only when somebody asks for it (Node's `crypto`): what is replaced whole is not looked at.
  const value = substitute(own === undefined || 'value' in own ? holder[name] : undefined);
  Object.defineProperty(holder, name, { value, configurable: true, writable: true, enumerable: false });
  return () => {
    if (own === undefined) delete holder[name];
    else Object.defineProperty(holder, name, own);
  };
}

/** Throws however it is touched: called, constructed, or asked for something that it holds. */
function closed(...path: readonly string[]): Trap {
  const spoken = path.join('.');
  const deny = (): never => refuse(spoken);
  const value = new Proxy(function refused(): void {}, {
    apply: deny,
    construct: deny,
    // `x instanceof Date` asks no clock.
    get: (target, key): unknown => (typeof key === 'symbol' || key === 'prototype' ? Reflect.get(target, key) : deny()),
  });
  return { holder: path.slice(0, -1), name: path.at(-1) as string, substitute: () => value };
}

function compared(...path: readonly string[]): Trap {
  const substitute = (original: unknown) =>
    function withComparator(this: unknown, comparator: unknown): unknown {
      if (comparator === undefined) refuse(`${path.join('.')} without a comparator`);
      return Reflect.apply(original as (by: unknown) => unknown, this, [comparator]);
    };
  return { holder: path.slice(0, -1), name: path.at(-1) as string, substitute };
}

function refuse(spoken: string): never {
  throw new GuardError(spoken);
}

/** Throws on what an `async` handler returns: all after its first `await` would happen outside of simulated time, or never. */
export function refusePromise(returned: unknown): void {
  if (typeof returned === 'object' && returned !== null && 'then' in returned) {
    throw new TypeError('a handler returned a promise: nothing awaits it in a simulation (what waits is a coroutine: os.spawn)');
  }
}

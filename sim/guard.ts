/** The guard: while a simulation runs, the ways out of determinism throw instead of answering (design §2.3). */

/** Global functions and constructors, by the object that holds them (`''` is the global object). */
const TRAPPED: readonly (readonly [holder: string, name: string])[] = [
  ['', 'Date'],
  ['Math', 'random'],
  ['performance', 'now'],
  ['crypto', 'randomUUID'],
  ['crypto', 'getRandomValues'],
  ['', 'setTimeout'],
  ['', 'setInterval'],
  ['', 'setImmediate'],
  ['', 'queueMicrotask'],
  ['', 'fetch'],
];

type Holder = Record<string, unknown>;

/** Runs `body` with the traps set, and lifts them whatever happens. May be nested. */
export function guarded<T>(body: () => T): T {
  const lift = TRAPPED.map(([holder, name]) => trap(holder, name));
  try {
    return body();
  } finally {
    for (const restore of lift.reverse()) restore();
  }
}

function trap(holderName: string, name: string): () => void {
  const globals = globalThis as unknown as Holder;
  const holder = (holderName === '' ? globals : globals[holderName]) as Holder | undefined;
  const own = holder === undefined ? undefined : Object.getOwnPropertyDescriptor(holder, name);
  // A host may lack one, have it on a prototype or lock it; an inherited one is shadowed for the while.
  if (holder === undefined || !(name in holder) || own?.configurable === false) return () => undefined;
  const spoken = holderName === '' ? name : `${holderName}.${name}`;
  const refuse = (): never => {
    throw new Error(`${spoken} was used inside a simulation: nothing but the seed may decide there (use the process's clock, timers and streams)`);
  };
  const substitute = name === 'Date' ? Object.assign(refuse.bind(null), { now: refuse, UTC: refuse, parse: refuse }) : refuse;
  Object.defineProperty(holder, name, { value: substitute, configurable: true, writable: true });
  return () => {
    if (own === undefined) delete holder[name];
    else Object.defineProperty(holder, name, own);
  };
}

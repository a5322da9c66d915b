/** Runs inside a controller's context, before any of its code: makes its globals, and promises out of what the host answers. */
import type { Host, HostTimer, HostWatch, Inside, Settle } from './bridge.ts';
import { simulatedDate } from './inside-date.ts';
import { webGlobals } from './inside-web.ts';

export default function furnish(host: Host): Inside {
  closeHostGlobals();
  const timers = timerFunctions(host);
  const globals = {
    ...timers,
    ...webGlobals((delayMs, action) => void new Timeout(host, action, delayMs, [], false).unref()),
    queueMicrotask,
    Date: simulatedDate(() => host.wallUs()),
    performance: performanceOf(host),
    console: consoleOf(host),
  };
  for (const [name, value] of Object.entries(globals)) define(globalThis, name, value);
  define(Math, 'random', () => host.random());

  function queueMicrotask(action: () => void): void {
    void Promise.resolve().then(action);
  }
  const environment = environmentOf(host);
  return {
    module: (getters) => {
      const exported: object = Object.create(null) as object;
      for (const [name, get] of Object.entries(getters)) Object.defineProperty(exported, name, { get, enumerable: true });
      return exported;
    },
    begin(main) {
      if (typeof main !== 'function') throw new TypeError('its default export is no function');
      // Nobody is told of its rejection, so that one ends the process.
      (main as (given: unknown) => unknown)(environment);
    },
    // A function of this context's, for those of the host's would be queued at the host.
    probe: (promise, rejected) =>
      void Promise.prototype.then.call(promise as Promise<unknown>, undefined, (reason: unknown) => rejected(reason)),
    words: (reason) =>
      reason instanceof Error
        ? { message: inWords(reason), stack: String(reason.stack) }
        : { message: format(reason), stack: '' },
  };
}

function define(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, { value, configurable: true, writable: true, enumerable: false });
}

// ── what is not there ──────────────────────────────────────────────────────────────────────────────────────────────────

const NETWORK = 'what lies outside is reached through `client` and `cloud`';
const COLLECTOR = 'what it does depends on the garbage collector';
const LOCALE = "what it does depends on the engine's locale data";
const HOST = 'it belongs to a host, not to the language';

const ABSENT: Readonly<Record<string, string>> = {
  fetch: NETWORK,
  XMLHttpRequest: NETWORK,
  WebSocket: NETWORK,
  process: 'name, region and config are given to the main function',
  require: 'write an import of a file that stands beside this one',
  module: 'write `export default`',
  Buffer: HOST,
  global: 'write globalThis',
  setImmediate: 'use setTimeout(action, 0)',
  crypto: "draw from Math.random, which is the simulation's",
  URL: HOST,
  URLSearchParams: HOST,
  Intl: LOCALE,
  WeakRef: COLLECTOR,
  FinalizationRegistry: COLLECTOR,
  SharedArrayBuffer: 'a process shares no memory',
  Atomics: 'a process shares no memory',
  WebAssembly: HOST,
};

/** An error's name and message, which for what is not there say what to use instead. */
function inWords({ name, message }: Error): string {
  const absent = name === 'ReferenceError' ? /^(\w+) is not defined$/.exec(message)?.[1] : undefined;
  if (absent === undefined || !Object.hasOwn(ABSENT, absent)) return `${name}: ${message}`;
  return `${name}: ${absent} is not there in a simulation: ${ABSENT[absent]}`;
}

function closeHostGlobals(): void {
  // Undeclared, so that `typeof` finds out; whoever uses one is told what to use instead where its error is reported.
  for (const name of Object.keys(ABSENT)) delete (globalThis as Record<string, unknown>)[name];
  const localeDependent: readonly (readonly [object, string])[] = [
    [String.prototype, 'localeCompare'],
    [String.prototype, 'toLocaleLowerCase'],
    [String.prototype, 'toLocaleUpperCase'],
    [Number.prototype, 'toLocaleString'],
    [BigInt.prototype, 'toLocaleString'],
    [Array.prototype, 'toLocaleString'],
  ];
  for (const [holder, name] of localeDependent) {
    define(holder, name, () => {
      throw new TypeError(`${name} is not there in a simulation: ${LOCALE}`);
    });
  }
}

// ── timers and clocks ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Node's: anything else becomes 1 ms. */
const DELAY_MAX_MS = 2_147_483_647;

function delayOf(delayMs: unknown): number {
  const asked = Number(delayMs);
  return asked >= 1 && asked <= DELAY_MAX_MS ? Math.trunc(asked) : 1;
}

type Action = (...parameters: readonly unknown[]) => unknown;

class Timeout {
  private readonly host: Host;
  private readonly delayMs: number;
  private readonly action: () => unknown;
  private readonly repeats: boolean;
  private held = true;
  private timer: HostTimer;

  constructor(host: Host, action: Action, delayMs: unknown, parameters: readonly unknown[], repeats: boolean) {
    if (typeof action !== 'function') throw new TypeError('The "callback" argument must be of type function');
    this.host = host;
    this.delayMs = delayOf(delayMs);
    this.action = () => action(...parameters);
    this.repeats = repeats;
    this.timer = this.arm();
  }

  ref(): this {
    return this.hold(true);
  }

  unref(): this {
    return this.hold(false);
  }

  hasRef(): boolean {
    return this.held;
  }

  refresh(): this {
    this.timer.cancel();
    this.timer = this.arm();
    return this;
  }

  close(): this {
    this.timer.cancel();
    return this;
  }

  private hold(held: boolean): this {
    this.held = held;
    this.timer.hold(held);
    return this;
  }

  private arm(): HostTimer {
    const timer = this.host.timer(this.delayMs, () => {
      // An interval goes on even when its action throws, and unless its action clears it.
      if (this.repeats) this.timer = this.arm();
      this.action();
    });
    timer.hold(this.held);
    return timer;
  }
}

function timerFunctions(host: Host): object {
  const clear = (timeout: unknown): void => {
    if (timeout instanceof Timeout) timeout.close();
  };
  return {
    setTimeout: (action: Action, delayMs?: number, ...parameters: readonly unknown[]) =>
      new Timeout(host, action, delayMs, parameters, false),
    setInterval: (action: Action, delayMs?: number, ...parameters: readonly unknown[]) =>
      new Timeout(host, action, delayMs, parameters, true),
    clearTimeout: clear,
    clearInterval: clear,
  };
}

function performanceOf(host: Host): object {
  const beganUs = host.monotonicUs();
  return { now: () => (host.monotonicUs() - beganUs) / 1_000, timeOrigin: host.wallUs() / 1_000 };
}

// ── console ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function consoleOf(host: Host): object {
  const levels = ['debug', 'error', 'info', 'log', 'trace', 'warn'];
  return Object.fromEntries(
    levels.map((level) => [level, (...values: readonly unknown[]) => host.print(level, values.map(format).join(' '))]),
  );
}

function format(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return inWords(value);
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

// ── the environment ────────────────────────────────────────────────────────────────────────────────────────────────────

class ApiError extends Error {
  override name = 'ApiError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A value of the host's as one of this context's own. */
function adopt(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // `map` would make an array of the host's.
  if (Array.isArray(value)) return Array.from(value, adopt);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, adopt(each)]));
}

function promised(begin: (settle: Settle) => void): Promise<unknown> {
  // The answer comes when nothing of the caller's is on the stack.
  const asked = new Error();
  return new Promise((resolve, reject) => {
    begin((failed, value) => {
      if (failed === null) {
        resolve(adopt(value));
        return;
      }
      const error = new ApiError(failed.code, failed.message);
      error.stack = `ApiError: ${failed.message}${String(asked.stack).replace(/^Error/, '')}`;
      reject(error);
    });
  });
}

function environmentOf(host: Host): object {
  const groups: Record<string, Record<string, unknown>> = {};
  for (const method of host.methods) {
    const [group = '', name = ''] = method.split('.');
    (groups[group] ??= {})[name] = (...parameters: readonly unknown[]) =>
      promised((settle) => host.call(method, parameters, settle));
  }
  const { client, ...others } = groups;
  return {
    name: host.name,
    region: host.region,
    config: adopt(host.config),
    client: { ...client, watch: (kind: unknown, resourceVersion: unknown) => new Watch(host.watch(kind, resourceVersion)) },
    ...others,
    campaign: campaigns(host),
    show: (view: unknown) => host.show(view),
  };
}

class Watch {
  private readonly watch: HostWatch;
  private last: Promise<unknown> = Promise.resolve();
  private over = false;

  constructor(watch: HostWatch) {
    this.watch = watch;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Whoever asks twice gets one event after the other. */
  next(): Promise<unknown> {
    const next = this.last.then(() => this.take());
    this.last = next.catch(() => undefined);
    return next;
  }

  return(): Promise<unknown> {
    this.over = true;
    this.watch.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  private async take(): Promise<unknown> {
    if (this.over) return { done: true, value: undefined };
    try {
      return { done: false, value: await promised((settle) => this.watch.next(settle)) };
    } catch (error) {
      this.over = true;
      throw error;
    }
  }
}

/** One candidate for each role. */
function campaigns(host: Host): (role: string) => Promise<unknown> {
  const roles = new Map<string, Candidate>();
  return (role) => {
    let candidate = roles.get(role);
    if (candidate === undefined) {
      candidate = new Candidate(host, role);
      roles.set(role, candidate);
    }
    return candidate.leadership();
  };
}

class Candidate {
  private current: { readonly leadership: object; lose(): void } | null = null;
  private waiting: ((leadership: object) => void)[] = [];
  private readonly resign: () => void;

  constructor(host: Host, role: string) {
    this.resign = host.campaign(
      role,
      (fence) => this.elected(adopt(fence)),
      () => this.deposed(),
    );
  }

  leadership(): Promise<object> {
    if (this.current !== null) return Promise.resolve(this.current.leadership);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private elected(fence: unknown): void {
    let lose = (): void => undefined;
    let leading = true;
    const lost = new Promise<void>((resolve) => {
      lose = () => {
        leading = false;
        resolve();
      };
    });
    const resign = (): void => {
      if (leading) this.resign();
    };
    const leadership = {
      fence,
      get leading() {
        return leading;
      },
      lost,
      resign,
    };
    this.current = { leadership, lose };
    for (const resolve of this.waiting.splice(0)) resolve(leadership);
  }

  private deposed(): void {
    this.current?.lose();
    this.current = null;
  }
}

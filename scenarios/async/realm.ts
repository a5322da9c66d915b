/**
 * A context of its own for a controller's code: globals and promises of its own. Whatever one step of the simulation settles in
 * there is carried on with before that step ends, so that no promise ever waits for the host's event loop.
 */
import { promiseHooks } from 'node:v8';
import { compileFunction, createContext, Script, type Context } from 'node:vm';
import type { Host, Inside } from './bridge.ts';
import { loadController, type ControllerModule, type ControllerProgram } from './modules.ts';

/** What became of a step: null, or the first error that nobody caught. */
export interface Uncaught {
  readonly reason: unknown;
}

interface Rejected extends Uncaught {
  readonly promise: Promise<unknown>;
}

type Getters = Readonly<Record<string, () => unknown>>;
type ModuleBody = (load: (specifier: string) => unknown, exported: (getters: Getters) => void) => void;

/**
 * Evaluating anything at all in a context whose microtasks run "after evaluation" runs them, and those that they give rise to.
 */
const nothing = new Script('undefined');

const furnishing = loadController(new URL(import.meta.url.endsWith('.ts') ? './inside.ts' : './inside.js', import.meta.url));

export class Realm {
  private readonly context: Context;
  private readonly inside: Inside;
  private readonly audience = new Audience();
  /** Settled since it was last asked for, or bound to another. */
  private settled: Promise<unknown>[] = [];
  private rejected: Rejected[] = [];
  private running = false;

  constructor(name: string, host: Host) {
    this.context = createContext({}, { name, microtaskMode: 'afterEvaluate', codeGeneration: { strings: false, wasm: false } });
    const { default: furnish } = this.load(furnishing, (getters) =>
      Object.fromEntries(Object.entries(getters).map(([key, get]) => [key, get()])),
    );
    this.inside = (furnish as (host: Host) => Inside)(host);
  }

  /** Runs the modules and calls the main function, as a step. */
  begin(program: ControllerProgram): Uncaught | null {
    return this.step(() => {
      const main = this.load(program, (getters) => this.inside.module(getters));
      this.inside.begin(main['default']);
    });
  }

  /** Code of the context is being run just now. */
  get isRunning(): boolean {
    return this.running;
  }

  /** Calls into the context, and carries on with all that comes of it. Not to be called inside of a step. */
  step(body: () => void): Uncaught | null {
    this.running = true;
    // They are told of promises of all contexts, but while this runs, no other does.
    const stop = promiseHooks.createHook({
      init: (promise, parent) => this.audience.made(promise, parent),
      before: (promise) => this.audience.called(promise),
      settled: (promise) => {
        this.audience.settled(promise);
        this.settled.push(promise);
      },
    }) as () => void;
    try {
      body();
      return null;
    } catch (reason) {
      return { reason };
    } finally {
      nothing.runInContext(this.context);
      stop();
      this.running = false;
    }
  }

  /** After a step: the first rejection that nobody was told of by its end, which ends a real program too. */
  unhandled(): Uncaught | null {
    const { settled } = this;
    this.settled = [];
    let asked = false;
    for (const promise of settled) {
      if (this.audience.listensTo(promise)) continue;
      asked = true;
      // Asking is what keeps the host from reporting it as its own. One that waits for another yet may answer in a later step.
      this.inside.probe(promise, (reason) => void this.rejected.push({ promise, reason }));
    }
    if (asked) nothing.runInContext(this.context);
    const { rejected } = this;
    this.rejected = [];
    return rejected.find(({ promise }) => !this.audience.listensTo(promise)) ?? null;
  }

  words(reason: unknown): ReturnType<Inside['words']> {
    return this.inside.words(reason);
  }

  /** Runs modules one after the other; gives what the last one exports. */
  private load(program: ControllerProgram, made: (getters: Getters) => unknown): Record<string, unknown> {
    const loaded = new Map<string, unknown>();
    let last: unknown;
    for (const module of program.modules) {
      const { name, imports } = module;
      const body = this.compile(module);
      last = undefined;
      body(
        (specifier) => loaded.get(imports.get(specifier) as string),
        (getters) => {
          last = made(getters);
          loaded.set(name, last);
        },
      );
    }
    return last as Record<string, unknown>;
  }

  private compile({ name, code, prefixLength }: ControllerModule): ModuleBody {
    const options = { parsingContext: this.context, filename: name, columnOffset: -prefixLength };
    return compileFunction(code, ['$import', '$export'], options) as ModuleBody;
  }
}

/** Who has asked to be told of which promise, as far as hooks say. */
class Audience {
  private readonly listeners = new WeakMap<Promise<unknown>, number>();
  /** Of promises whose reaction was not called yet: whose reaction it is. */
  private readonly waiting = new WeakMap<Promise<unknown>, Promise<unknown>>();

  listensTo(promise: Promise<unknown>): boolean {
    return (this.listeners.get(promise) ?? 0) > 0;
  }

  /** `then` and `await` make a promise whose parent is the one that is waited for. */
  made(promise: Promise<unknown>, parent: Promise<unknown> | undefined): void {
    if (parent === undefined) return;
    this.waiting.set(promise, parent);
    this.count(parent, 1);
  }

  called(promise: Promise<unknown>): void {
    this.waiting.delete(promise);
  }

  /**
   * What is settled without a reaction was made around a value that is awaited, whose parent is
   * the waiting function's own promise.
   */
  settled(promise: Promise<unknown>): void {
    const parent = this.waiting.get(promise);
    if (parent === undefined) return;
    this.waiting.delete(promise);
    this.count(parent, -1);
  }

  private count(promise: Promise<unknown>, by: number): void {
    this.listeners.set(promise, (this.listeners.get(promise) ?? 0) + by);
  }
}

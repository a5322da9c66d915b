/**
 * A process that runs a controller written with promises: what it waits for are events of the
 * simulation, as in any other program.
 */
import { ApiClient } from '../../model/api/client/api-client.ts';
import { candidate, type Candidate } from '../../model/controllers/machinery/candidate.ts';
import type { ControllerOptions } from '../../model/controllers/machinery/options.ts';
import type { Fence } from '../../model/api/resources/index.ts';
import { boundary, type Boot, type Boundary, type Os, type Program, type Stream } from '../../sim/index.ts';
import type { Host } from './bridge.ts';
import { Calls } from './calls.ts';
import { ControllerEnded } from './exits.ts';
import type { ControllerProgram } from './modules.ts';
import { plainCopy } from './plain.ts';
import { Realm, type Uncaught } from './realm.ts';
import { Timers } from './timers.ts';

export interface AsyncControllerOptions extends ControllerOptions {
  /** From `loadController`. */
  readonly program: ControllerProgram;
  /** Name of the external provider's process, if the controller may use it. */
  readonly cloud?: string;
  /** A plain value that the main function is given. */
  readonly config?: unknown;
}

/** What the process shows of itself. */
export interface AsyncControllerView {
  /** The authority under which it leads a role, as far as it knows. */
  readonly leading: Fence | null;
  /** What it waits for. */
  readonly pending: { readonly timers: number; readonly calls: number; readonly watches: number; readonly campaigns: number };
  /** What it put here with `show`. */
  readonly shown: unknown;
  /** Its last lines. */
  readonly console: readonly string[];
}

export interface ConsoleLine {
  readonly level: string;
  readonly text: string;
}

/** A controller writes a line to its console. */
export const consoleBoundary: Boundary<ConsoleLine> = boundary('async/console', ({ level, text }) => `${level}: ${text}`);

const LINES_SHOWN = 20;

/**
 * Runs the program's main function in each incarnation. Its clocks, timers and chance are the process's own. An error or
 * rejection that nobody catches ends the process, as it would end a real one, and so does a program that waits for nothing any
 * more; its supervisor starts it again.
 */
export function asyncController(options: AsyncControllerOptions): Boot {
  return (os) => new AsyncController(os, options);
}

class AsyncController implements Program {
  private readonly os: Os;
  private readonly options: AsyncControllerOptions;
  private readonly realm: Realm;
  private readonly calls: Calls;
  private readonly timers: Timers;
  private readonly campaigns: Candidate[] = [];
  private readonly chance: Stream;
  private readonly lines: string[] = [];
  private shown: unknown = null;

  constructor(os: Os, options: AsyncControllerOptions) {
    this.os = os;
    this.options = options;
    this.chance = os.random('async/random');
    const wake = (action: () => void): void => this.wake(action);
    const client = new ApiClient(os, options.apiEndpoints, options.design);
    this.calls = new Calls(os, { client, cloud: options.cloud ?? null, wake });
    this.timers = new Timers(os, wake);
    this.realm = new Realm(os.name, this.host(client));
  }

  start(): void {
    this.concluded(this.realm.begin(this.options.program));
  }

  inspect(): AsyncControllerView {
    const leading = this.campaigns.find(({ fence }) => fence !== null)?.fence ?? null;
    const { calls, watches } = this.calls;
    return {
      leading,
      pending: { timers: this.timers.held, calls, watches, campaigns: this.campaigns.length },
      shown: this.shown,
      console: this.lines.slice(),
    };
  }

  /** One step of the program: an answer, a timer, an event has come. */
  private wake(action: () => void): void {
    if (this.realm.isRunning) action();
    else this.concluded(this.realm.step(action));
  }

  private concluded(thrown: Uncaught | null): void {
    const uncaught = thrown ?? this.realm.unhandled();
    if (uncaught !== null) throw new ControllerEnded(this.describe(uncaught.reason));
    const { calls, watches } = this.calls;
    if (calls + watches + this.timers.held + this.campaigns.length === 0)
      throw new ControllerEnded('it waits for nothing any more');
  }

  /** Without columns: engines count them differently. */
  private describe(reason: unknown): string {
    const { message, stack } = this.realm.words(reason);
    const names = this.options.program.modules.map(({ name }) => name);
    for (const frame of stack.split('\n')) {
      const name = names.find((each) => frame.includes(`${each}:`));
      const line = name === undefined ? undefined : /^:(\d+)/.exec(frame.slice(frame.indexOf(`${name}:`) + name.length))?.[1];
      if (line !== undefined) return `${message} (${name}:${line})`;
    }
    return message;
  }

  private host(client: ApiClient): Host {
    const { os, options, chance } = this;
    return {
      name: os.name,
      region: os.region,
      config: plainCopy(options.config ?? null, 'config'),
      methods: this.calls.methods,
      call: (method, parameters, settle) => this.calls.call(method, parameters, settle),
      watch: (kind, resourceVersion) => this.calls.watch(kind, resourceVersion),
      campaign: (role, elected, deposed) => this.campaign(client, role, elected, deposed),
      timer: (delayMs, action) => this.timers.set(delayMs, action),
      wallUs: () => os.wallUs(),
      monotonicUs: () => os.monotonicUs(),
      // 53 bits, as an engine's own.
      random: () => ((chance.int32() >>> 5) * 0x400_0000 + (chance.int32() >>> 6)) / 0x20_0000_0000_0000,
      print: (level, text) => {
        if (this.lines.push(text) > LINES_SHOWN) this.lines.shift();
        os.cross(consoleBoundary, { level, text });
      },
      show: (view) => {
        this.shown = plainCopy(view, 'what it shows');
      },
    };
  }

  private campaign(client: ApiClient, role: string, elected: (fence: Fence) => void, deposed: () => void): () => void {
    const { design, defects } = this.options;
    const each = candidate(this.os, {
      role,
      client,
      design,
      defects,
      elected: (fence) => this.wake(() => elected(fence)),
      deposed: () => this.wake(deposed),
    });
    this.campaigns.push(each);
    each.start();
    return () => each.stepDown();
  }
}

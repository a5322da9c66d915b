/** What clients ask of API servers, and how they are answered: followed once for all properties of a run. */
import {
  refusalKind,
  type Kind,
  type Method,
  type Observer,
  type Process,
  type Refusal,
  type Scene,
} from '../../../../sim/index.ts';
import { watchResourcesMethod } from '../../../api/methods.ts';
import { OpenCalls } from './open-calls.ts';
import { oncePerRun } from '../../shared/once-per-run.ts';

/** A call of an API server. Its number is unique for the process that asks. */
export interface Call {
  readonly client: Process;
  readonly server: Process;
  /** Its name. */
  readonly method: string;
  readonly number: number;
}

/** What a property wants to hear of the calls of a method. */
export interface CallListener<Request, Response, Asked> {
  /** A request is sent. What this returns is handed back with what follows; after null nothing follows. */
  asked(call: Call, request: Request): Asked | null;
  /** An answer is sent, or an item of a watch. */
  answered?(asked: Asked, response: Response): void;
  refused?(asked: Asked, refusal: Refusal, call: Call): void;
}

type Listener = CallListener<unknown, unknown, unknown>;

/** A method that somebody listens to. */
interface Followed {
  readonly method: string;
  readonly isWatch: boolean;
  readonly listeners: Listener[];
}

interface Open extends Call {
  readonly listeners: readonly Listener[];
  /** What each of them made of the request. */
  readonly asked: unknown[];
}

interface Frame {
  readonly call: number;
  readonly body: unknown;
}

const itemKind = watchResourcesMethod.response as Kind;
const refusalFrame = refusalKind as Kind;

/** A monitor that listens goes `through` it. */
export class ApiCalls implements Observer {
  private readonly byRequest = new Map<Kind, Followed>();
  private readonly answers = new Set<Kind>();
  private readonly open = new OpenCalls<Open>();
  /** Apart from the others, for they stay open. */
  private readonly watches = new OpenCalls<Open>();

  follow<Request, Response, Asked>(method: Method<Request, Response>, listener: CallListener<Request, Response, Asked>): void {
    this.followEach([method], listener);
  }

  /** Of several methods: the listener reads what their requests and their answers have in common. */
  followEach<Request, Response, Asked>(
    methods: readonly Method<never, never>[],
    listener: CallListener<Request, Response, Asked>,
  ): void {
    for (const { name, request, response } of methods) {
      let followed = this.byRequest.get(request);
      if (followed === undefined) {
        followed = { method: name, isWatch: response === itemKind, listeners: [] };
        this.byRequest.set(request, followed);
        this.answers.add(response);
      }
      followed.listeners.push(listener);
    }
  }

  hears(what: Kind): boolean {
    return this.byRequest.has(what) || this.answers.has(what) || what === refusalFrame;
  }

  crashed(process: Process): void {
    this.open.crashed(process);
    this.watches.crashed(process);
  }

  sent(from: Process, to: Process, what: Kind, body: unknown): void {
    const frame = body as Frame;
    if (what === itemKind) {
      this.answer(this.watches.get(to, frame.call), frame.body);
    } else if (what === refusalFrame) {
      this.refuse(this.open.take(to, frame.call) ?? this.watches.take(to, frame.call), frame.body as Refusal);
    } else {
      const requested = this.byRequest.get(what);
      if (requested === undefined) this.answer(this.open.take(to, frame.call), frame.body);
      else this.ask(from, to, requested, frame);
    }
  }

  private ask(client: Process, server: Process, { method, isWatch, listeners }: Followed, { call: number, body }: Frame): void {
    const open: Open = { client, server, method, number, listeners, asked: [] };
    for (let at = 0; at < listeners.length; at++) open.asked.push((listeners[at] as Listener).asked(open, body));
    (isWatch ? this.watches : this.open).ask(client, number, open);
  }

  private answer(open: Open | undefined, response: unknown): void {
    if (open === undefined) return;
    const { listeners, asked } = open;
    for (let at = 0; at < listeners.length; at++)
      if (asked[at] !== null) (listeners[at] as Listener).answered?.(asked[at], response);
  }

  private refuse(open: Open | undefined, refusal: Refusal): void {
    if (open === undefined) return;
    const { listeners, asked } = open;
    for (let at = 0; at < listeners.length; at++)
      if (asked[at] !== null) (listeners[at] as Listener).refused?.(asked[at], refusal, open);
  }
}

/** Makes that of a run, or finds the one that another property of the run has made. */
export type ApiCallsOf = (scene: Scene) => ApiCalls;

export function sharedApiCalls(): ApiCallsOf {
  return oncePerRun(() => new ApiCalls());
}

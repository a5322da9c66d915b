/** Histories that are linearizable since they were made so: clients that use one real object at the same time. */
import { Stream } from '../../../sim/index.ts';
import { HistoryBuilder, type EventType, type Operation } from '../history.ts';
import type { Value } from '../value.ts';

/** What clients of an object ask, and what it answers at the moment at which it does it; undefined where it refuses. */
export interface RealObject {
  ask(draw: Stream): readonly [f: string, input: Value];
  perform(f: string, input: Value): Value | undefined;
}

export interface Use {
  readonly seed: number;
  readonly operations: number;
  readonly clients: number;
  /** Of a hundred operations, how many are never answered: half of them have happened. */
  readonly unansweredPercent?: number;
}

export function registerWith(values: number): RealObject {
  let held: Value = null;
  return {
    ask: (draw) => (draw.below(2) === 0 ? ['read', null] : ['write', draw.below(values)]),
    perform: (f, input) => (f === 'read' ? held : (held = input)),
  };
}

export function casRegisterWith(values: number): RealObject {
  let held: Value = null;
  return {
    ask: (draw) =>
      (['read', 'write', 'cas'] as const).map((f): [string, Value] => [
        f,
        f === 'read' ? null : f === 'write' ? draw.below(values) : [draw.below(values), draw.below(values)],
      ])[draw.below(3)] as [string, Value],
    perform(f, input) {
      if (f === 'read') return held;
      if (f === 'write') return (held = input);
      const [expected, next] = input as readonly [Value, Value];
      if (held !== expected) return undefined;
      held = next;
      return input;
    },
  };
}

export function queue(): RealObject {
  const elements: Value[] = [];
  let count = 0;
  return {
    ask: (draw) => (draw.below(2) === 0 ? ['enqueue', count++] : ['dequeue', null]),
    perform: (f, input) => (f === 'enqueue' ? (elements.push(input), input) : elements.shift()),
  };
}

export function growingSet(): RealObject {
  const elements: Value[] = [];
  return {
    ask: (draw) => (draw.below(8) === 0 ? ['read', null] : ['add', draw.below(1_000_000)]),
    perform: (f, input) => (f === 'add' ? (elements.push(input), input) : [...elements]),
  };
}

interface Client {
  process: number;
  asked: readonly [f: string, input: Value] | null;
  /** Undefined before the object did it, and where it refused. */
  answer: Value | undefined;
  isDone: boolean;
}

/** Each turn one client asks, has its operation done, or is told. */
export function historyOfUse(
  object: RealObject,
  { seed, operations, clients, unansweredPercent = 0 }: Use,
): readonly Operation[] {
  const draw = new Stream(seed, 'clients', { count: 0, mixed: 0 });
  const builder = new HistoryBuilder();
  const all = Array.from({ length: clients }, (_, process): Client => ({
    process,
    asked: null,
    answer: undefined,
    isDone: false,
  }));
  let begun = 0;
  let line = 0;
  const note = (type: EventType, { process }: Client, [f, value]: readonly [string, Value]): void =>
    builder.add({ type, process, f, value, line: ++line });
  const end = (client: Client, [f, input]: readonly [string, Value]): void => {
    client.asked = null;
    if (draw.below(100) < unansweredPercent) {
      note('info', client, [f, input]);
      client.process += clients;
    } else note(client.answer === undefined ? 'fail' : 'ok', client, [f, client.answer ?? input]);
  };
  while (begun < operations || all.some(({ asked }) => asked !== null)) {
    const client = all[draw.below(clients)] as Client;
    if (client.asked === null && begun < operations) {
      begun++;
      Object.assign(client, { asked: object.ask(draw), answer: undefined, isDone: false });
      note('invoke', client, client.asked as unknown as readonly [string, Value]);
    } else if (client.asked !== null && !client.isDone && draw.below(2) === 0) {
      client.answer = object.perform(...client.asked);
      client.isDone = true;
    } else if (client.asked !== null && (client.isDone || draw.below(100) < unansweredPercent)) {
      if (client.isDone) end(client, client.asked);
      else {
        note('info', client, client.asked);
        client.process += clients;
        client.asked = null;
      }
    }
  }
  return builder.finish();
}

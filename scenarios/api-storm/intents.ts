/**
 * What the clients of the API by itself want, as plain data: writes and reads of a few deployments in every way that the API has.
 */
import type { ListConsistency, Propagation } from '../../model/api/methods.ts';
import { ms, type Micros, type Stream } from '../../sim/index.ts';

/** One thing that one client wants at one time. It waits until the client has done with what it wanted before. */
export type ApiIntent = {
  readonly at: Micros;
  /** Name of the client process, `client-region`. */
  readonly client: string;
} & (
  | { readonly operation: 'create'; readonly arguments: { readonly name: string } }
  | { readonly operation: 'scale'; readonly arguments: { readonly name: string; readonly replicas: number } }
  | { readonly operation: 'report'; readonly arguments: { readonly name: string; readonly replicas: number } }
  /** Reads, waits, and deletes the very object that it has read. */
  | {
      readonly operation: 'delete';
      readonly arguments: { readonly name: string; readonly afterUs: Micros; readonly propagation: Propagation | null };
    }
  | { readonly operation: 'get'; readonly arguments: { readonly name: string; readonly consistency: 'linearizable' | 'any' } }
  | { readonly operation: 'list'; readonly arguments: { readonly consistency: ListConsistency } }
  | { readonly operation: 'pages'; readonly arguments: { readonly limit: number } }
);

const NAMES = ['a', 'b', 'c', 'd'];

export function drawApiIntents(
  stream: Stream,
  clients: readonly string[],
  fromUs: Micros,
  untilUs: Micros,
  pauseUs: Micros,
): readonly ApiIntent[] {
  const intents: ApiIntent[] = [];
  for (const client of clients) {
    for (let at = fromUs + stream.exponential(pauseUs); at < untilUs; at += 1 + stream.exponential(pauseUs))
      intents.push({ at, client, ...wish(stream) });
  }
  return intents.sort((a, b) => a.at - b.at);
}

type Wish = ApiIntent extends infer I ? (I extends ApiIntent ? Omit<I, 'at' | 'client'> : never) : never;

function wish(stream: Stream): Wish {
  const name = stream.pick(NAMES);
  const drawn = stream.below(100);
  if (drawn < 18) return { operation: 'create', arguments: { name } };
  if (drawn < 38) return { operation: 'scale', arguments: { name, replicas: stream.below(9) } };
  if (drawn < 48) return { operation: 'report', arguments: { name, replicas: stream.below(9) } };
  if (drawn < 64)
    return {
      operation: 'delete',
      arguments: {
        name,
        afterUs: ms(stream.pick([0, 0, 60, 400])),
        propagation: stream.pick([null, null, 'background', 'foreground', 'orphan'] as const),
      },
    };
  if (drawn < 76)
    return { operation: 'get', arguments: { name, consistency: stream.pick(['linearizable', 'linearizable', 'any'] as const) } };
  if (drawn < 94)
    return {
      operation: 'list',
      arguments: { consistency: stream.pick(['linearizable', 'linearizable', 'any', 'any', 'not-older', 'exact'] as const) },
    };
  return { operation: 'pages', arguments: { limit: stream.between(1, 3) } };
}

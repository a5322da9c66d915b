/** What operators usually do to a platform: declare deployments, then scale, roll out, read, delete and declare again. */
import type { StorageSpec } from '../../model/api/resources/index.ts';
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { OPERATORS } from '../../model/platform.ts';
import { BROKEN_REPOSITORY } from '../../model/regions/image.ts';
import { ms, seconds, type Micros, type Stream } from '../../sim/index.ts';
import type { Draw } from '../define-scenario.ts';

/** The store needs an election, and API servers and controllers a list, before anything can be declared. */
const BEGIN_US = ms(1_800);
const DECLARED_BY_US = seconds(3);
const USUAL_PAUSE_US = ms(350);
const IDENTITY_PAUSE_US = ms(2_500);
const REPLICAS_MAX = 4;
const IMAGES = 6;

/** How often operators do what, in percent; the rest is declaring. */
export interface OperatorShares {
  readonly scale: number;
  readonly rollOut: number;
  readonly read: number;
  readonly delete: number;
}

export const usualShares: OperatorShares = { scale: 30, rollOut: 20, read: 35, delete: 7 };

/**
 * Draws the intents of a run whose safety phase ends at `healAtUs`, in the order of their times: two to four
 * deployments, services over some of them, and operations on them, `pauseUs` apart on average, until shortly
 * before the end of the safety phase.
 */
export function platformWorkload(
  draw: Draw,
  healAtUs: Micros,
  pauseUs: Micros = USUAL_PAUSE_US,
  shares = usualShares,
): readonly Intent[] {
  const stream = draw.stream('workload');
  const names = ['web', 'queue', 'search', 'billing'].slice(0, stream.between(2, 4));
  const intents: Intent[] = names.map((name) => ({
    at: stream.between(BEGIN_US, DECLARED_BY_US),
    client: stream.pick(OPERATORS),
    ...declare(stream, name),
  }));
  const endUs = Math.max(DECLARED_BY_US, healAtUs - ms(500));
  for (let at = DECLARED_BY_US + stream.exponential(pauseUs); at < endUs; at += 1 + stream.exponential(pauseUs)) {
    const name = stream.pick(names);
    const client = stream.pick(OPERATORS);
    intents.push({ at, client, ...change(stream, name, shares) });
  }
  const storage = draw.design.volumes ? storageOf(draw.stream('volumes')) : {};
  return [
    ...intents,
    ...identityIntents(draw.stream('identities'), endUs, storage),
    ...rollOutIntents(draw.stream('roll-outs'), names, endUs),
    ...serviceIntents(draw.stream('services'), names, endUs),
  ].sort((a, b) => a.at - b.at);
}

/** A deployment whose replicas have stable identities, and what is done to it. */
function identityIntents(stream: Stream, endUs: Micros, storage: { readonly storage?: StorageSpec }): readonly Intent[] {
  const name = 'ledger';
  const bounds = stream.percent(50) ? {} : { maxSurge: 0, maxUnavailable: 1 };
  const intents: Intent[] = [
    {
      at: stream.between(BEGIN_US, DECLARED_BY_US),
      client: stream.pick(OPERATORS),
      operation: 'declare',
      arguments: { name, replicas: stream.between(1, 3), image: image(stream), identity: 'stable', ...bounds, ...storage },
    },
  ];
  for (
    let at = DECLARED_BY_US + stream.exponential(IDENTITY_PAUSE_US);
    at < endUs;
    at += 1 + stream.exponential(IDENTITY_PAUSE_US)
  ) {
    const wanted: Change = stream.percent(60)
      ? { operation: 'roll-out', arguments: { name, image: image(stream) } }
      : { operation: 'scale', arguments: { name, replicas: stream.between(1, 3) } };
    intents.push({ at, client: stream.pick(OPERATORS), ...wanted });
  }
  return intents;
}

function storageOf(stream: Stream): { readonly storage: StorageSpec } {
  return { storage: { sizeGb: stream.between(1, 100), reclaim: stream.pick(['delete', 'retain']) } };
}

/** In half of the runs a roll-out that goes wrong and is taken back, or one that is paused for a while. */
function rollOutIntents(stream: Stream, names: readonly string[], endUs: Micros): readonly Intent[] {
  const name = stream.pick(names);
  const client = stream.pick(OPERATORS);
  const at = stream.between(DECLARED_BY_US + ms(500), Math.max(DECLARED_BY_US + ms(500), endUs - ms(2_500)));
  const laterUs = at + ms(stream.between(300, 2_000));
  const isBad = stream.percent(50);
  if (stream.percent(50)) return [];
  return isBad
    ? [
        {
          at,
          client,
          operation: 'roll-out',
          arguments: { name, image: referenceTo(`registry/${BROKEN_REPOSITORY}`, 'build-1') },
        },
        { at: laterUs, client, operation: 'roll-back', arguments: { name } },
      ]
    : [
        { at, client, operation: 'pause-roll-out', arguments: { name } },
        { at: laterUs, client, operation: 'resume-roll-out', arguments: { name } },
      ];
}

/** One or two services, each over a deployment of the same name; now and then one is deleted, and as often declared again. */
function serviceIntents(stream: Stream, names: readonly string[], endUs: Micros): readonly Intent[] {
  const intents: Intent[] = [];
  for (const name of names.slice(0, stream.between(1, 2))) {
    const mode = stream.pick(['balanced', 'primary', 'primary'] as const);
    const declared = { operation: 'declare-service', arguments: { name, deployment: name, mode } } as const;
    intents.push({ at: stream.between(DECLARED_BY_US, DECLARED_BY_US + ms(800)), client: stream.pick(OPERATORS), ...declared });
    if (stream.percent(15))
      intents.push({
        at: stream.between(DECLARED_BY_US + ms(1_200), endUs),
        client: stream.pick(OPERATORS),
        operation: 'delete-endpoints',
        arguments: { name },
      });
    if (!stream.percent(25)) continue;
    const at = stream.between(DECLARED_BY_US + ms(1_500), Math.max(DECLARED_BY_US + ms(1_500), endUs - ms(1_000)));
    intents.push({ at, client: stream.pick(OPERATORS), operation: 'delete-service', arguments: { name } });
    if (stream.percent(60)) intents.push({ at: at + ms(stream.between(100, 900)), client: stream.pick(OPERATORS), ...declared });
  }
  return intents;
}

type Change = Intent extends infer I ? (I extends Intent ? Omit<I, 'at' | 'client'> : never) : never;

function declare(stream: Stream, name: string): Change {
  return { operation: 'declare', arguments: { name, replicas: stream.between(1, REPLICAS_MAX), image: image(stream) } };
}

function change(stream: Stream, name: string, shares: OperatorShares): Change {
  let left = stream.below(100);
  if ((left -= shares.scale) < 0) return { operation: 'scale', arguments: { name, replicas: stream.between(0, REPLICAS_MAX) } };
  if ((left -= shares.rollOut) < 0) return { operation: 'roll-out', arguments: { name, image: image(stream) } };
  if ((left -= shares.read) < 0) return { operation: 'read', arguments: { name } };
  if ((left -= shares.delete) < 0) return { operation: 'delete', arguments: { name } };
  return declare(stream, name);
}

/** A reference with digest, to one of a few builds. */
function image(stream: Stream): string {
  return referenceTo('registry/app', `build-${stream.below(IMAGES)}`);
}

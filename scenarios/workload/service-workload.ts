/**
 * Operators who hardly change anything: a database with a primary and a site without one, over deployments that
 * stay as they are, for users to use.
 */
import type { Intent } from '../../model/intent.ts';
import { referenceTo } from '../../model/outside/artifacts/content.ts';
import { OPERATORS } from '../../model/platform.ts';
import { ms, type Micros } from '../../sim/index.ts';
import type { Draw } from '../define-scenario.ts';

const DECLARED_FROM_US = ms(1_900);
const SERVED_FROM_US = ms(2_600);

/** Users who ask often, so that a loss of writes shows. */
export const busyUsers = { userPauseUs: ms(120) } as const;

/** Names of the services, and of their deployments. */
export const DATABASE = 'orders';
export const SITE = 'shop';

/** The intents of a calm run, in the order of their times; `changes` are those that the scenario has of its own. */
export function serviceWorkload(draw: Draw, changes: readonly Intent[] = []): readonly Intent[] {
  const stream = draw.stream('workload');
  const client = (): string => stream.pick(OPERATORS);
  const at = (fromUs: Micros): Micros => stream.between(fromUs, fromUs + ms(500));
  const image = referenceTo('registry/app', 'build-1');
  const intents: Intent[] = [
    {
      at: at(DECLARED_FROM_US),
      client: client(),
      operation: 'declare',
      arguments: { name: DATABASE, replicas: stream.between(3, 4), image },
    },
    {
      at: at(DECLARED_FROM_US),
      client: client(),
      operation: 'declare',
      arguments: { name: SITE, replicas: stream.between(2, 4), image },
    },
    {
      at: at(SERVED_FROM_US),
      client: client(),
      operation: 'declare-service',
      arguments: { name: DATABASE, deployment: DATABASE, mode: 'primary' },
    },
    {
      at: at(SERVED_FROM_US),
      client: client(),
      operation: 'declare-service',
      arguments: { name: SITE, deployment: SITE, mode: 'balanced' },
    },
    ...changes,
  ];
  return intents.sort((a, b) => a.at - b.at);
}

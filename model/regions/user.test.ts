import { expect, test } from 'vitest';
import {
  createRun,
  ms,
  RpcServer,
  seconds,
  threeRegions,
  type Boot,
  type Fault,
  type Micros,
  type Program,
} from '../../sim/index.ts';
import { defaultDesign } from '../design.ts';
import { resolveMethod } from '../outside/dns/methods.ts';
import { userMethod } from './gateway-methods.ts';
import { toldUserBoundary, user, type ToldUser } from './user.ts';

const REGIONS = ['east', 'west', 'north'];

/**
 * Users of the east, for whom the name of a service leads to all regions. Returns what became of each
 * wish, and which gateways were asked.
 */
function users(faults: readonly Fault[], targets = REGIONS): readonly { readonly atUs: Micros; readonly what: string }[] {
  const seen: { readonly atUs: Micros; readonly what: string }[] = [];
  const answers = (handle: (server: RpcServer) => void): Program => {
    const server = new RpcServer();
    handle(server);
    return { start: () => undefined, accept: (connection) => server.accept(connection) };
  };
  const gateway: Boot = (os) =>
    answers((server) =>
      server.handle(userMethod, (_, reply) => {
        seen.push({ atUs: os.monotonicUs(), what: os.name });
        reply.ok({ workload: 'w1', sequence: 0 });
      }),
    );
  const run = createRun({
    seed: 3,
    topology: threeRegions(),
    build: (world) => {
      world.process({
        name: 'dns',
        region: 'north',
        boot: () => answers((server) => server.handle(resolveMethod, (_, reply) => reply.ok({ number: 1, targets }))),
      });
      for (const region of REGIONS) world.process({ name: `gateway-${region}`, region, boot: gateway });
      world.process({
        name: 'user-east',
        region: 'east',
        boot: user({ dns: 'dns', services: ['web'], design: { ...defaultDesign, userPauseUs: ms(200) } }),
      });
    },
    faults,
    properties: [],
    healAtUs: seconds(19),
    endUs: seconds(20),
  });
  run.observe({
    crossed: (_process, what, body) => {
      if (what === toldUserBoundary && (body as ToldUser).error !== '')
        seen.push({ atUs: run.nowUs, what: (body as ToldUser).error });
    },
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  return seen;
}

const between = (seen: ReturnType<typeof users>, fromUs: Micros, toUs: Micros): ReadonlySet<string> =>
  new Set(seen.flatMap(({ atUs, what }) => (atUs >= fromUs && atUs < toUs ? [what] : [])));

test('users ask the gateway of their own region where the name leads there, or else the first one', () => {
  expect(between(users([]), 0, seconds(20))).toEqual(new Set(['gateway-east']));
  expect(between(users([], ['west', 'north']), 0, seconds(20))).toEqual(new Set(['gateway-west']));
});

test('while the gateway of their region is dead they ask another one, and come back to it when it lives', () => {
  const seen = users([{ at: seconds(5), do: 'kill', target: 'gateway-east', for: seconds(6) }]);
  expect(between(seen, 0, seconds(5))).toEqual(new Set(['gateway-east']));
  // Some try the dead one again each time they have forgotten.
  expect(
    seen.filter(({ atUs, what }) => what === 'gateway-west' && atUs > seconds(7) && atUs < seconds(11)).length,
  ).toBeGreaterThan(8);
  expect(between(seen, seconds(15), seconds(19))).toEqual(new Set(['gateway-east']));
});

test('where no gateway answers nobody is passed over for good', () => {
  const seen = users([{ at: seconds(5), do: 'kill', target: 'gateway-*', for: seconds(6) }]);
  expect(between(seen, seconds(8), seconds(11))).toEqual(new Set(['no answer']));
  expect(between(seen, seconds(16), seconds(19))).toEqual(new Set(['gateway-east']));
});

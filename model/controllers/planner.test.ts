import { expect, test } from 'vitest';
import { ms, seconds, type Co, type Fault, type Kind, type Micros, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { statusMethod } from '../api/methods.ts';
import { apiNames, controlPlane, runThrough, script } from '../api/testing/world.ts';
import type { DnsPlan } from '../api/resources/index.ts';
import type { Design } from '../design.ts';
import { dnsProvider, type DnsView } from '../outside/dns/dns.ts';
import { planner } from './planner.ts';
import { lag, lagging, laggingDesign, sightings } from './testing/lagging.ts';

const END_US: Micros = seconds(18);

interface Outcome {
  /** Number and targets of each plan at the end, the oldest first. */
  readonly plans: readonly string[];
  readonly service: 'there' | 'gone';
  readonly dns: DnsView;
  /** What the replica in the east, which leads, comes to see. */
  readonly sightings: readonly string[];
  /** When the replica in the west asked for the status of a service to be written, as whoever leads does before it makes a plan. */
  readonly westAskedUs: readonly Micros[];
}

/** Two replicas of the planner, the provider's DNS, and a service `web` whose endpoints a client moves about. */
function plan(
  ask: (api: ApiClient, os: Os, uid: string) => Co<void>,
  faults: readonly Fault[] = [],
  own: Partial<Design> = {},
): Outcome {
  const seen: { plans: readonly string[]; service: Outcome['service'] } = { plans: [], service: 'there' };
  const run = controlPlane({
    faults,
    design: own,
    endUs: END_US,
    processes: (design) => {
      const boot = planner({ design, defects: new Set(), apiEndpoints: apiNames, dns: 'dns-north' });
      return {
        'dns-north': dnsProvider(),
        'planner-east': boot,
        'planner-west': boot,
        'client-east': script(function* (api, os) {
          const made = yield* api.create('Service', 'web', { deployment: 'web', mode: 'balanced' });
          if (made.status === 'ok') yield* ask(api, os, made.value.metadata.uid);
        }, seconds(5)),
        'reader-west': script(
          function* (api) {
            const listed = yield* api.list('DnsPlan');
            if (listed.status === 'ok') {
              const plans = (listed.value.items as readonly DnsPlan[])
                .map(({ spec }) => spec)
                .sort((a, b) => a.number - b.number);
              seen.plans = plans.map(({ number, targets }) => `${number}: ${targets.join(' ')}`);
            }
            const service = yield* api.get('Service', 'web');
            seen.service = service.status === 'ok' ? 'there' : 'gone';
          },
          END_US - seconds(1),
        ),
      };
    },
  });
  const leaderSees = sightings(run, 'planner-east');
  const westAskedUs: Micros[] = [];
  run.observe({
    sent(from, _to, what) {
      if (from.name === 'planner-west' && what === (statusMethod.request as Kind)) westAskedUs.push(run.nowUs);
    },
  });
  runThrough(run);
  return { ...seen, westAskedUs, sightings: leaderSees, dns: run.inspect('dns-north').program as DnsView };
}

const backends = (...regions: readonly string[]): { workload: string; node: string; region: string }[] =>
  regions.map((region, at) => ({ workload: `w${at}`, node: `n${at}`, region }));

function* publish(api: ApiClient, uid: string, ...regions: readonly string[]): Co<void> {
  const spec = { service: uid, mode: 'balanced', backends: backends(...regions) } as const;
  const made = yield* api.create('Endpoints', 'web', spec);
  if (made.status !== 'ok') yield* api.update('Endpoints', 'web', 0, { spec });
}

test('each change of regions makes a plan with the next number, and a change that leaves them as they are makes none', () => {
  const { plans } = plan(function* (api, os, uid) {
    yield* publish(api, uid, 'west', 'east');
    yield* os.sleep(seconds(2));
    yield* publish(api, uid, 'east', 'west', 'west');
    yield* os.sleep(seconds(2));
    yield* publish(api, uid, 'west');
  });
  expect(plans).toEqual(['1: east west', '2: west']);
});

test('a name never leads nowhere: who has no backend keeps the plan that there is', () => {
  const { plans } = plan(function* (api, os, uid) {
    yield* publish(api, uid, 'east');
    yield* os.sleep(seconds(2));
    yield* publish(api, uid);
  });
  expect(plans).toEqual(['1: east']);
});

test('numbers go on under another leader', () => {
  const { plans } = plan(
    function* (api, os, uid) {
      yield* publish(api, uid, 'east');
      yield* os.sleep(seconds(6));
      yield* publish(api, uid, 'west');
    },
    [{ at: seconds(8), do: 'crash', target: 'planner-east', for: seconds(9) }],
  );
  expect(plans).toEqual(['1: east', '2: west']);
});

test('a new leader acts on nothing before its caches show what its predecessor has written', () => {
  const faults: readonly Fault[] = [
    // The replica in the east stands still for a moment, and then makes a plan of which the one in the west does not hear.
    { at: seconds(7.5), do: 'pause', target: 'planner-east', for: ms(600) },
    {
      at: seconds(8),
      do: 'delay',
      from: 'store-*',
      to: 'api-*',
      oneWay: true,
      kind: 'store/watch',
      byUs: seconds(6),
      for: seconds(1),
    },
    { at: seconds(8.7), do: 'crash', target: 'planner-east', for: seconds(9) },
  ];
  const { plans, westAskedUs } = plan(function* (api, os, uid) {
    yield* publish(api, uid, 'east');
    yield* os.sleep(seconds(7.6) - os.monotonicUs());
    yield* publish(api, uid, 'west');
    yield* os.sleep(seconds(15.5) - os.monotonicUs());
    yield* publish(api, uid, 'east');
  }, faults);
  expect(plans).toEqual(['1: east', '2: west', '3: east']);
  expect(westAskedUs.filter((us) => us < seconds(15))).toEqual([]);
});

test('a deleted service stays until its name is released at the provider', () => {
  const ask = function* (api: ApiClient, os: Os, uid: string): Co<void> {
    yield* publish(api, uid, 'east');
    yield* os.sleep(seconds(2));
    yield* api.delete('Service', 'web');
  };
  expect(plan(ask).service).toBe('gone');
  const away: Fault = { at: seconds(6), do: 'isolate', target: 'dns-north' };
  expect(plan(ask, [away]).service).toBe('there');
});

test('three plans are kept behind the newest one', () => {
  const { plans } = plan(function* (api, os, uid) {
    for (const regions of [['east'], ['west'], ['east'], ['west'], ['east']]) {
      yield* publish(api, uid, ...regions);
      yield* os.sleep(seconds(1));
    }
  });
  expect(plans).toEqual(['2: west', '3: east', '4: west', '5: east']);
});

test('a plan whose service its cache does not show yet stays: the API is asked whether that is gone', () => {
  const ask = function* (api: ApiClient, os: Os): Co<void> {
    const service = { deployment: 'web', mode: 'balanced' } as const;
    yield* lag(os, (name) => api.create('Service', name, service));
    const made = yield* api.create('Service', 'new', service);
    if (made.status !== 'ok') throw new Error(made.status);
    yield* api.create('DnsPlan', 'new.1', { service: made.value.metadata.uid, record: 'new', number: 1, targets: ['east'] });
  };
  const outcome = plan(ask, lagging('planner-*'), laggingDesign);
  expect(outcome.sightings.indexOf('DnsPlan new.1')).toBeLessThan(outcome.sightings.indexOf('Service new'));
  expect(outcome.plans).toEqual(['1: east']);
});

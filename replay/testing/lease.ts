/**
 * A small system for tests of explanations: two that lead by turns under a lease, and a store that forgets
 * to ask under which token one writes.
 */
import {
  boundary,
  createRun,
  kind,
  ms,
  seconds,
  threeRegions,
  type Fault,
  type Os,
  type Program,
  type Property,
  type Run,
  type RunSpec,
} from '../../sim/index.ts';
import type { Explanation } from '../explain/explanation.ts';
import { explain, type ExplainOptions } from '../explain/explain.ts';
import type { Inputs } from '../recording.ts';

interface Granted {
  readonly token: number;
  readonly untilUs: number;
}

const grant = kind<Granted | null>('lease/answer', {
  describe: (granted) => (granted === null ? 'not now' : `have the lease, token ${granted.token}`),
});
const ask = kind<null>('lease/ask', { describe: () => 'ask for the lease' });
const write = kind<{ readonly key: string; readonly token: number }>('store/write', {
  describe: ({ key, token }) => `write ${key} under token ${token}`,
});
const chatter = kind<number>('test/chatter', { describe: (n) => `chatter ${n}` });
const tick = kind<null>('test/tick', { describe: () => 'a while has passed' });
const written = boundary<{ readonly key: string; readonly token: number }>(
  'store/written',
  ({ key, token }) => `has ${key} of token ${token}`,
);

const LEASE_US = ms(200);

/** Gives the lease to whoever asks first, and again when it has run out; takes every write. */
function store(os: Os): Program {
  let holder = '';
  let [token, untilUs] = [0, 0];
  return {
    start: () => undefined,
    receive(from, what, body) {
      if (what === write) os.cross(written, body as { readonly key: string; readonly token: number });
      if (what !== ask) return;
      if (holder !== from && os.monotonicUs() < untilUs) return os.send(from, grant, null);
      if (holder !== from) token++;
      holder = from;
      untilUs = os.monotonicUs() + LEASE_US;
      os.send(from, grant, { token, untilUs });
    },
    inspect: () => ({ holder, token }),
  };
}

/** Asks again and again, and writes as long as it believes to lead: it looks at no clock before it writes. */
function leader(os: Os): Program {
  let token: number | null = null;
  let writes = 0;
  const step = (): void => {
    os.send('store', ask, null);
    if (token !== null) os.send('store', write, { key: `k${++writes}`, token });
    os.after(ms(50), tick, step);
  };
  return {
    start: step,
    receive: (_from, _what, body) => void (token = (body as Granted | null)?.token ?? null),
    inspect: () => ({ role: 'leader of all', token }),
  };
}

/** Has nothing to do with it. */
function bystander(os: Os): Program {
  let n = 0;
  const talk = (): void => {
    os.send('other', chatter, n++);
    os.after(ms(20), tick, talk);
  };
  return { start: os.name === 'talker' ? talk : () => undefined, receive: () => undefined };
}

const fenced: Property = {
  id: 'test/fenced',
  kind: 'always',
  title: 'no write is taken under a token older than another',
  monitor(report) {
    let newest = 0;
    return {
      sees: (crossed) => crossed === (written as unknown),
      crossed(process, _boundary, body) {
        const { key, token } = body as { readonly key: string; readonly token: number };
        if (token < newest) report.violated(`${process.name} took ${key} under token ${token} after token ${newest}`);
        newest = Math.max(newest, token);
      },
    };
  },
};

export const pause: Fault = { at: ms(400), do: 'pause', target: 'leader-a', for: ms(400) };
export const needless: readonly Fault[] = [
  { at: ms(100), do: 'reset', target: 'talker' },
  { at: ms(300), do: 'slow', target: 'talker', factor: 3, for: ms(200) },
  { at: ms(1_500), do: 'pause', target: 'other', for: ms(100) },
];

export function leaseInputs(faults: readonly Fault[] = [pause, ...needless]): Inputs {
  return {
    scenario: 'lease',
    userFile: null,
    seed: 1,
    design: {},
    defects: ['forgets-tokens'],
    topology: threeRegions(),
    faults,
    workload: [{ at: ms(10), client: 'nobody', operation: 'read', arguments: { name: 'k1' } }],
    healAtUs: seconds(2),
    endUs: seconds(3),
    interventions: [],
  };
}

export function leaseSpec({ seed, topology, faults, healAtUs, endUs }: Inputs): RunSpec {
  return {
    seed,
    topology,
    faults,
    healAtUs,
    endUs,
    properties: [fenced],
    build(world) {
      const [east, west, north] = topology.regions as readonly [string, string, string];
      world.process({ name: 'store', region: east, boot: store });
      world.process({ name: 'leader-a', region: west, boot: leader });
      world.process({ name: 'leader-b', region: north, boot: leader }, ms(100));
      for (const name of ['talker', 'other']) world.process({ name, region: east, boot: bystander });
    },
  };
}

/** All at once, in this thread. */
export function explainAtOnce(
  inputs: Inputs,
  specOf: (inputs: Inputs) => RunSpec,
  options: ExplainOptions = {},
): Explanation | null {
  const inquiry = explain(inputs, options);
  let next = inquiry.next();
  while (next.done !== true) {
    const { value } = next;
    const run = runOf(value.ask === 'watch' ? specOf(inputs) : { ...specOf(value.inputs), omitted: value.omitted });
    if (run !== null && value.ask === 'watch') value.attach(run);
    run?.advance();
    const violation = run?.violation ?? null;
    next = inquiry.next(violation === null ? null : { timeUs: violation.timeUs, events: run?.step ?? 0 });
  }
  return next.value;
}

/** Null: what was left out is needed for there to be a run at all. */
function runOf(spec: RunSpec): Run | null {
  try {
    return createRun(spec);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

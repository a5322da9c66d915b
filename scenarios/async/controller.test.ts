import { describe, expect, test } from 'vitest';
import { noDefects } from '../../model/defect.ts';
import { defaultDesign } from '../../model/design.ts';
import { buildPlatform, CLOUD, platformGroups, platformTopology } from '../../model/platform.ts';
import { createRun, ms, seconds, type Fault, type Run } from '../../sim/index.ts';
import { asyncController, consoleBoundary, type AsyncControllerView } from './controller.ts';
import { loadController } from './modules.ts';

interface Told {
  readonly lines: string[];
  readonly crashes: string[];
}

interface Options {
  readonly seed?: number;
  readonly faults?: readonly Fault[];
  readonly endUs?: number;
  readonly freeze?: boolean;
}

/** A run of the platform with one async program in it, which prints what is to be seen. */
function simulated(source: string, { seed = 1, faults = [], endUs = seconds(6) }: Options = {}): Run & { readonly told: Told } {
  const design = defaultDesign;
  const program = loadController({ source, name: 'mine.ts' });
  const run = createRun({
    seed,
    topology: platformTopology(),
    build: (world) => {
      buildPlatform(world, { design, defects: noDefects, workload: [] });
      const boot = asyncController({
        program,
        design,
        defects: noDefects,
        apiEndpoints: platformGroups(design).api,
        cloud: CLOUD,
        config: { step: 5 },
      });
      world.process({ name: 'mine', region: 'east', boot }, ms(50));
    },
    faults,
    properties: [],
    healAtUs: endUs - 1,
    endUs,
    freezeMessages: true,
  });
  const told: Told = { lines: [], crashes: [] };
  run.observe({
    sees: (what) => what === consoleBoundary,
    crossed: (_process, _what, body) => void told.lines.push((body as { readonly text: string }).text),
    stepped(event) {
      if (event.target?.name === 'mine' && event.kind.name === 'process/exit') told.crashes.push(event.body as string);
    },
  });
  return Object.assign(run, { told });
}

/** What a program printed that ends by itself once it has nothing to do. */
function printed(source: string, options: Options = {}): readonly string[] {
  const run = simulated(source, { endUs: seconds(3), ...options });
  expect(run.advance()).toBe('ok');
  return run.told.lines;
}

const main = (body: string): string =>
  `export default async function main({ client, cloud, campaign, show, name, region, config }: any) {\n${body}\n}\n`;

/** Long enough for the platform to be there. */
const READY = 'await new Promise((resolve) => setTimeout(resolve, 2000));';

describe('an async controller', () => {
  test('reads and writes through its client, and sees the changes in order', () => {
    const run = simulated(
      main(`
        ${READY}
        const made = await client.create('Deployment', 'web', { replicas: 0, image: 'a' });
        console.log(made.metadata.name, made.metadata.generation);
        const { resourceVersion, items } = await client.list('Deployment');
        console.log(items.length, (await client.get('Deployment', 'web')).spec.image);
        const seen = [];
        (async () => {
          for await (const event of client.watch('Deployment', resourceVersion)) {
            if (event.type === 'bookmark' || event.object.metadata.name !== 'web') continue;
            if (event.object.spec.image === 'b') seen.push(event.type + ' b');
            if (event.type === 'deleted') break;
          }
          console.log([...new Set(seen)].join(', '));
        })();
        const changed = await client.update('Deployment', 'web', 0, { spec: { replicas: 0, image: 'b' } });
        try {
          await client.update('Deployment', 'web', made.metadata.resourceVersion, { spec: { replicas: 0, image: 'c' } });
        } catch (error) {
          console.log(error.name, error.code, error instanceof Error);
        }
        await client.delete('Deployment', 'web', { uid: changed.metadata.uid });
        await new Promise((resolve) => setTimeout(resolve, 60000));`),
    );
    expect(run.advance()).toBe('ok');
    expect(run.told.crashes).toEqual([]);
    expect(run.told.lines).toEqual(['web 1', '1 a', 'ApiError conflict true', 'modified b, deleted b']);
  });

  test('leads a role and acts at the provider under its token', () => {
    const lines = printed(
      main(`
        const leadership = await campaign('mine');
        console.log(leadership.fence.role, leadership.fence.token > 0, leadership.leading);
        console.log((await cloud.seal({ fence: leadership.fence })).sealed === leadership.fence.token);
        const { resource } = await cloud.provision({ operationId: 'a', fence: leadership.fence, owner: 'me', generation: 1, replicas: 1 });
        console.log(/^lb-/.test(resource), (await cloud.balancers()).balancers.length);
        leadership.resign();
        await leadership.lost;
        console.log(leadership.leading);
        const again = await campaign('mine');
        console.log(again.fence.token > leadership.fence.token);
        await new Promise((resolve) => setTimeout(resolve, 60000));`),
      { endUs: seconds(8) },
    );
    expect(lines).toEqual(['mine true true', 'true', 'true 1', 'false', 'true']);
  });

  test('has the simulation as its only clock, timer and chance', () => {
    const source = main(`
      console.log(name, region, config.step, Date.now(), new Date().toISOString(), performance.now());
      await new Promise((resolve) => setTimeout(resolve, 1500));
      console.log(Date.now(), performance.now(), Math.random() !== Math.random());
      console.log(new Date('2025-10-20T07:48:00').getTime() === Date.UTC(2025, 9, 20, 7, 48), new Date(2025, 9, 20).toISOString());
      await new Promise((resolve) => setTimeout(resolve, 60000));`);
    const lines = printed(source);
    expect(lines).toEqual(['mine east 5 50 1970-01-01T00:00:00.050Z 0', '1550 1500 true', 'true 2025-10-20T00:00:00.000Z']);
  });

  test('sees timers that are due at one time in the order in which they were set, with promises in between, whatever the seed', () => {
    const source = main(`
      const order = [];
      for (let i = 0; i < 5; i++) setTimeout(() => { order.push(i); Promise.resolve().then(() => order.push('p' + i)); }, 20);
      const never = setTimeout(() => order.push('never'), 20);
      setTimeout(() => order.push('early'), 10);
      setTimeout(() => clearTimeout(never), 20);
      const tick = setInterval((word) => { order.push(word); if (order.length > 14) clearInterval(tick); }, 30, 'tick');
      await new Promise((resolve) => setTimeout(resolve, 500));
      console.log(order.join(' '));
      await new Promise((resolve) => setTimeout(resolve, 60000));`);
    // What was set before the one that clears it is due with it and comes first: so it does in Node.
    const expected = 'early 0 p0 1 p1 2 p2 3 p3 4 p4 never tick tick tick';
    for (let seed = 1; seed <= 8; seed++) expect(printed(source, { seed })).toEqual([expected]);
  });

  test.each([
    [
      'fetch',
      "fetch('http://localhost')",
      'ReferenceError: fetch is not there in a simulation: what lies outside is reached through `client` and `cloud` (mine.ts:2)',
    ],
    [
      'process',
      'process.env.HOME',
      'ReferenceError: process is not there in a simulation: name, region and config are given to the main function (mine.ts:2)',
    ],
    [
      'require',
      "require('node:fs')",
      'ReferenceError: require is not there in a simulation: write an import of a file that stands beside this one (mine.ts:2)',
    ],
    [
      'crypto',
      'crypto.randomUUID()',
      "ReferenceError: crypto is not there in a simulation: draw from Math.random, which is the simulation's (mine.ts:2)",
    ],
    [
      'Intl',
      'new Intl.NumberFormat()',
      "ReferenceError: Intl is not there in a simulation: what it does depends on the engine's locale data (mine.ts:2)",
    ],
    [
      'locale data',
      "'a'.localeCompare('b')",
      "TypeError: localeCompare is not there in a simulation: what it does depends on the engine's locale data (mine.ts:2)",
    ],
    [
      'another reading of dates',
      "new Date('Mon, 20 Oct 2025')",
      'RangeError: "Mon, 20 Oct 2025": a simulation reads dates in ISO 8601 alone, as 2025-10-20T07:48:00Z: of others each engine makes its own (mine.ts:2)',
    ],
    ['text as code', "eval('1')", 'EvalError: Code generation from strings disallowed for this context (mine.ts:2)'],
  ])('is told what to do instead when it asks for %s', (_what, code, message) => {
    const run = simulated(main(code), { endUs: ms(100) });
    run.advance();
    expect(run.told.crashes[0]).toBe(message);
  });

  test('can ask whether something is there, and goes on without it', () => {
    const absent = [
      'fetch',
      'process',
      'require',
      'Buffer',
      'crypto',
      'URL',
      'Intl',
      'WeakRef',
      'SharedArrayBuffer',
      'WebAssembly',
    ];
    const lines = printed(
      main(`
        console.log([${absent.map((name) => `typeof ${name}`).join(', ')}, typeof globalThis.fetch, 'fetch' in globalThis].join());
        console.log(typeof process === 'undefined' ? 'no process' : process.env.HOME);
        try { fetch(); } catch (error) { console.error(error); }
        await new Promise((resolve) => setTimeout(resolve, 60000));`),
    );
    expect(lines).toEqual([
      [...absent.map(() => 'undefined'), 'undefined', 'false'].join(),
      'no process',
      'ReferenceError: fetch is not there in a simulation: what lies outside is reached through `client` and `cloud`',
    ]);
  });

  test('has copies, signals and text as bytes, which are of its own context and in simulated time', () => {
    const lines = printed(
      main(`
        console.log(structuredClone([new Map([[1, 2]])])[0].get(1), structuredClone({}) instanceof Object);
        console.log(new TextDecoder().decode(new TextEncoder().encode('é')), new TextEncoder().encode('é') instanceof Uint8Array);
        const began = performance.now();
        const signal = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(70)]);
        setTimeout(() => undefined, 500);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        const tookMs = performance.now() - began;
        console.log(signal.reason.name, signal.reason instanceof Error, tookMs >= 70 && tookMs < 90);
        const controller = new AbortController();
        controller.signal.onabort = () => { throw new Error('of a listener'); };
        controller.signal.addEventListener('abort', () => console.log('told all the same'));
        controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 60000));`),
      { endUs: seconds(1) },
    );
    // The listener's error ends the process, which begins again.
    expect(lines.slice(0, 4)).toEqual(['2 true', 'é true', 'TimeoutError true true', 'told all the same']);
  });

  test('is told by a rejection what it cannot send', () => {
    const lines = printed(
      main(`
        const cyclic = {}; cyclic.self = cyclic;
        for (const value of [() => 1, 1n, new Map(), NaN, cyclic]) {
          await client.create('Deployment', 'web', { replicas: value }).catch((error) => console.log(error.code, error.message));
        }
        await new Promise((resolve) => setTimeout(resolve, 60000));`),
    );
    expect(lines).toEqual([
      'invalid client.create[2].replicas is a function, which no message can carry',
      'invalid client.create[2].replicas is a bigint, which no message can carry',
      'invalid client.create[2].replicas is a Map, which no message can carry',
      'invalid client.create[2].replicas is NaN, which no message can carry',
      'invalid client.create[2].replicas.self contains itself',
    ]);
  });

  test('owns what it passes and what it is given: what it does to either changes nothing elsewhere', () => {
    const lines = printed(
      main(`
        ${READY}
        const spec = { replicas: 0, image: 'a' };
        const made = client.create('Deployment', 'web', spec);
        spec.image = 'changed';
        const object = await made;
        object.spec.image = 'changed';
        const read = await client.get('Deployment', 'web');
        read.spec.image = 'changed';
        console.log(object !== read, (await client.get('Deployment', 'web')).spec.image, Array.isArray(read.metadata.owners), read.metadata.owners instanceof Array);
        await new Promise((resolve) => setTimeout(resolve, 60000));`),
      { endUs: seconds(5) },
    );
    expect(lines).toEqual(['true a true true']);
  });
});

describe('an error that nobody catches', () => {
  const onceMore = "console.log('begins'); setTimeout(() => undefined, 60000);";

  test.each([
    ['is thrown by the main function', "throw new Error('mine');", 'Error: mine (mine.ts:2)'],
    ['is thrown by a timer', "setTimeout(() => { throw new TypeError('mine'); }, 5);", 'TypeError: mine (mine.ts:2)'],
    [
      'is a rejection of a promise that was let go',
      "(async () => { await null; throw new Error('mine'); })();",
      'Error: mine (mine.ts:2)',
    ],
    [
      'rejects a promise by way of another',
      "(async () => new Promise((_, reject) => setTimeout(reject, 5, new Error('mine'))))();",
      'Error: mine (mine.ts:2)',
    ],
    [
      'is caught only after the step',
      "const p = Promise.reject(new Error('mine')); setTimeout(() => p.catch(() => 1), 5);",
      'Error: mine (mine.ts:2)',
    ],
    ['is no error', "Promise.reject('mine');", 'mine'],
    ["is a refusal of the API's", "client.get('Deployment', 'web');", /^ApiError: there is no Deployment web \(mine\.ts:2\)$/],
  ])('%s: it ends the process, which its supervisor starts again, and not the run', (how, code, message) => {
    const run = simulated(main(`${onceMore} ${how.includes('API') ? READY : ''} ${code}`), { endUs: seconds(4) });
    expect(run.advance()).toBe('ok');
    expect(run.told.crashes.length).toBeGreaterThanOrEqual(1);
    expect(run.told.crashes[0]).toMatch(message);
    expect(run.told.lines.length).toBeGreaterThanOrEqual(2);
  });

  test.each([
    ['is caught by an await', "try { await Promise.reject(new Error('mine')); } catch {}"],
    ['is caught later in the step', "const p = Promise.reject(new Error('mine')); await null; await null; p.catch(() => 1);"],
    ['is caught by way of others', 'await Promise.allSettled([Promise.reject(1), (async () => { throw 2; })()]);'],
    [
      'is caught when its promise had been waiting for long',
      'const p = (async () => new Promise((_, reject) => setTimeout(reject, 20, 1)))(); setTimeout(() => p.catch(() => 1), 10);',
    ],
  ])('but one that %s ends nothing', (_how, code) => {
    const run = simulated(main(`${code} setTimeout(() => undefined, 60000);`), { endUs: seconds(2) });
    expect(run.advance()).toBe('ok');
    expect(run.told.crashes).toEqual([]);
  });

  test('nor does a program that has come to its end stay: a process that waits for nothing is over', () => {
    const run = simulated(main("setTimeout(() => undefined, 60000).unref(); console.log('once');"), { endUs: seconds(1) });
    expect(run.advance()).toBe('ok');
    expect(run.told.crashes[0]).toBe('it waits for nothing any more');
    expect(new Set(run.told.lines)).toEqual(new Set(['once']));
    expect(run.told.lines.length).toBeGreaterThan(1);
  });
});

/** It talks with everybody, and what it prints depends on the times of all that happens and on chance. */
const BUSY = main(`
  ${READY}
  const leader = campaign('mine').then((leadership) => console.log('leads', Date.now()));
  let made = 0;
  setInterval(async () => {
    const object = 'web-' + made++;
    try {
      const { metadata } = await client.create('Deployment', object, { replicas: 1, image: 'i' + Math.floor(Math.random() * 5) });
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
      await client.delete('Deployment', object, { uid: metadata.uid });
    } catch (error) {
      console.log(error.code, object);
    }
  }, 100);
  for (;;) {
    try {
      const { resourceVersion } = await client.list('Deployment');
      for await (const event of client.watch('Deployment', resourceVersion)) console.log(event.type, event.resourceVersion, Date.now());
    } catch (error) {
      console.log(error.code);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }`);

const FAULTS: readonly Fault[] = [
  { at: seconds(3), do: 'kill', target: 'mine', for: ms(400) },
  { at: ms(3_600), do: 'isolate', target: 'mine', for: ms(700) },
];

describe('a run with an async controller', () => {
  test('is a function of its seed', () => {
    const [first, again, other] = [7, 7, 8].map((seed) => {
      const run = simulated(BUSY, { seed, faults: FAULTS });
      expect(run.advance()).toBe('ok');
      return run;
    });
    expect(first?.told.lines.length).toBeGreaterThan(20);
    expect(again?.digest).toBe(first?.digest);
    expect(again?.told).toEqual(first?.told);
    expect(other?.digest).not.toBe(first?.digest);
  });

  test('does not mix with others in one thread, however they take turns', () => {
    const seeds = [1, 2];
    const alone = seeds.map((seed) => {
      const run = simulated(BUSY, { seed, faults: FAULTS, endUs: seconds(4) });
      run.advance();
      return run;
    });
    const together = seeds.map((seed) => simulated(BUSY, { seed, faults: FAULTS, endUs: seconds(4) }));
    while (together.some((run) => run.verdict === null))
      for (const [position, run] of together.entries()) run.advance(run.step + 5 + position * 70);
    expect(together.map((run) => run.digest)).toEqual(alone.map((run) => run.digest));
    expect(together.map((run) => run.told)).toEqual(alone.map((run) => run.told));
  });

  test('leaves nothing for the event loop of its host to do', async () => {
    const run = simulated(BUSY, { faults: FAULTS });
    run.advance(5_000);
    const { digest } = run;
    const lines = run.told.lines.slice();
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect(run.digest).toBe(digest);
    expect(run.told.lines).toEqual(lines);
  });

  test.each(['kill', 'crash'] as const)(
    'drops its promises with its memory when a %s strikes in the middle of an await',
    (fault) => {
      const source = main(`
      console.log('begins');
      ${READY}
      setTimeout(() => console.log('a timer of the incarnation that is gone'), 1000);
      client.list('Deployment').then(() => console.log('an answer'));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      console.log('goes on');
      await new Promise((resolve) => setTimeout(resolve, 60000));`);
      // What is under way is lost, and the next incarnation starts over.
      const at = ms(2_051);
      const run = simulated(source, { faults: [{ at, do: fault, target: 'mine', for: ms(300) }], endUs: seconds(4) });
      expect(run.advance()).toBe('ok');
      expect(run.told.lines).toEqual(['begins', 'begins']);
      expect((run.inspect('mine').program as AsyncControllerView).pending).toMatchObject({ timers: 1, calls: 0 });
    },
  );
});

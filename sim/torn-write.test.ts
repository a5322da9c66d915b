import { expect, test } from 'vitest';
import { createRun, ms, type Observer, type Os } from './index.ts';

/** Writes long records without a sync, so that a loss of power tears some of them. */
const writer = (os: Os) => ({
  start() {
    if (os.incarnation > 1) os.disk.read('log', (records) => os.history.invoke(os.name, 'read', records));
    else for (let at = 0; at < 8; at++) os.disk.append('log', `record ${at}`, 4_000);
  },
});

test('observers are told of records that survive a loss of power, and not of one that it tore', () => {
  let torn = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const told: unknown[] = [];
    const observer: Observer = { durable: (_process, _file, _first, records) => void told.push(...records) };
    const run = createRun({
      seed,
      topology: { regions: ['r'], latency: [[{ baseUs: 100, jitterUs: 10 }]], bandwidthMbps: 0, queueUs: 0, keepaliveUs: ms(100), retransmitUs: ms(10) },
      build: (world) => world.process({ name: 'writer', region: 'r', boot: writer }),
      faults: [{ do: 'crash', target: 'writer', at: ms(1), for: ms(1) }],
      properties: [],
      healAtUs: ms(10),
      endUs: ms(20),
    });
    run.observe(observer);
    run.advance();
    const records = run.history.operations[0]!.input as readonly { readonly ok: boolean; readonly value?: unknown }[];
    expect(records.filter(({ ok }) => ok).map(({ value }) => value)).toEqual(told);
    torn += records.filter(({ ok }) => !ok).length;
  }
  expect(torn).toBeGreaterThan(5);
});

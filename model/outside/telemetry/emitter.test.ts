import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type CallOutcome, type Co, type Os } from '../../../sim/index.ts';
import { stateClasses } from '../../api/state-classes.ts';
import { defaultDesign } from '../../design.ts';
import { Placement, type Records } from '../placement.ts';
import { RecordTable } from '../testing/records.ts';
import { Emitter, type EmitterView } from './emitter.ts';

/** Records that take a while to be written. */
class SlowRecords extends RecordTable {
  private readonly os: Os;

  constructor(os: Os) {
    super();
    this.os = os;
  }

  override *record(...what: Parameters<Records['record']>): Co<CallOutcome<null>> {
    yield* this.os.sleep(ms(300));
    return yield* super.record(...what);
  }
}

test('lines that are emitted while others are written are not counted as lost', () => {
  const placements = Object.fromEntries(stateClasses.map(({ id }) => [id, 'consensus' as const]));
  const design = { ...defaultDesign, placements };
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) => {
      world.process({ name: 'collector-east', region: 'east', boot: () => ({ start: () => undefined }) });
      world.process({
        name: 'node-east-1',
        region: 'east',
        boot: (os) => {
          const placement = new Placement(design, new SlowRecords(os), {
            registries: [],
            collectors: ['collector-east'],
            statusStores: [],
          });
          const emitter = new Emitter(os, { placement, design, defects: new Set(), collect: () => undefined });
          const emit = function* (): Co<void> {
            emitter.emit('log', 'before');
            const flushing = os.spawn('flush', emitter.flush());
            yield* os.sleep(ms(100));
            emitter.emit('log', 'meanwhile');
            while (!flushing.done) yield* os.sleep(ms(100));
          };
          return { start: () => void os.spawn('emit', emit()), inspect: () => emitter.inspect() };
        },
      });
    },
    faults: [],
    properties: [],
    healAtUs: seconds(2),
    endUs: seconds(3),
  });
  run.advance();
  expect(run.inspect('node-east-1').program as EmitterView).toMatchObject({
    emitted: { log: 2 },
    lost: { log: 0 },
    buffered: { log: 1 },
  });
});

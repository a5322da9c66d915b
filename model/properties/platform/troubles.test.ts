import { expect, test } from 'vitest';
import { seconds, type Fault, type Process } from '../../../sim/index.ts';
import { Troubles } from './troubles.ts';

const machine = (name: string, region = 'east'): Process => ({ name, region }) as Process;
const crash = (forS: number): Fault => ({ at: 0, do: 'crash', target: 'node-east-1', for: seconds(forS) });

test('it is calm when nothing has happened but that machines lost power, and since when', () => {
  const troubles = new Troubles();
  expect(troubles.calmSinceUs(seconds(1))).toBe(0);
  troubles.struck(crash(20), [machine('node-east-1')], seconds(5));
  expect(troubles.calmSinceUs(seconds(9))).toBe(seconds(5));
  expect(troubles.darkSinceUs('node-east-1')).toBe(seconds(5));
  expect(troubles.darkSinceUs('node-east-2')).toBeNull();
});

test('anything else disturbs until it is over, and so does whoever begins or ends by himself', () => {
  const troubles = new Troubles();
  troubles.struck({ at: 0, do: 'pause', target: 'api-east-1', for: seconds(3) }, [machine('api-east-1')], seconds(1));
  expect(troubles.calmSinceUs(seconds(3))).toBeNull();
  expect(troubles.calmSinceUs(seconds(4))).toBe(seconds(4));
  troubles.stirred(seconds(6));
  expect(troubles.calmSinceUs(seconds(7))).toBe(seconds(6));
  troubles.struck({ at: 0, do: 'isolate', target: 'api-east-1' }, [machine('api-east-1')], seconds(8));
  expect(troubles.calmSinceUs(seconds(100))).toBeNull();
  troubles.healed(seconds(101));
  expect(troubles.calmSinceUs(seconds(102))).toBe(seconds(101));
});

test('a machine has power again when the last of its losses is over, which is news as well', () => {
  const troubles = new Troubles();
  troubles.struck(crash(4), [machine('node-east-1')], seconds(1));
  troubles.struck(crash(6), [machine('node-east-1')], seconds(2));
  expect(troubles.calmSinceUs(seconds(6))).toBe(seconds(2));
  expect(troubles.darkSinceUs('node-east-1')).toBe(seconds(1));
  expect(troubles.calmSinceUs(seconds(9))).toBe(seconds(8));
  expect(troubles.someAreDark).toBe(false);
});

test('the region of those without power is told as long as there is one', () => {
  const troubles = new Troubles();
  expect(troubles.darkRegion()).toBeNull();
  troubles.struck(crash(9), [machine('node-east-1'), machine('store-east-1')], 0);
  expect(troubles.darkRegion()).toBe('east');
  troubles.struck(crash(9), [machine('node-west-1', 'west')], 0);
  expect(troubles.darkRegion()).toBeNull();
});

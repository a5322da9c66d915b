import { expect, test } from 'vitest';
import { createRun, EventType, kind, ms, Panic, threeRegions, type Observer, type Property, type RunSpec } from '../index.ts';

const hello = kind<number>('test/hello');

/** Two processes, one of which says hello three times. */
function spec(properties: readonly Property[]): RunSpec {
  return {
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties,
    healAtUs: ms(100),
    endUs: ms(200),
    build(world) {
      world.process({ name: 'listener', region: 'east', boot: () => ({ start: () => undefined, receive: () => undefined }) });
      world.process({
        name: 'speaker',
        region: 'east',
        boot: (os) => ({
          start: () => {
            for (let i = 0; i < 3; i++) os.send('listener', hello, i);
          },
        }),
      });
    },
  };
}

const property = (id: string, monitor: Property['monitor']): Property => ({ id, kind: 'always', title: id, monitor });

test('what several properties go through is told before them, and once', () => {
  const told: string[] = [];
  const shared: Observer = { sent: () => void told.push('shared') };
  const through = (id: string): Property => property(id, () => ({ through: [shared], sent: () => void told.push(id) }));
  createRun(spec([through('first'), through('second')])).advance();
  expect(told).toEqual(['shared', 'first', 'second', 'shared', 'first', 'second', 'shared', 'first', 'second']);
});

test('an observer is told of the time from when it asks for on, and after the heal in any case', () => {
  const told: Record<string, number[]> = { always: [], late: [], never: [] };
  const asking = (id: string, nextUs: number | undefined): Property =>
    property(id, () => ({ passed: (nowUs) => (told[id]!.push(nowUs), nextUs) }));
  const ticking = kind<null>('test/tick');
  const run = createRun({
    ...spec([asking('always', undefined), asking('late', ms(60)), asking('never', Number.POSITIVE_INFINITY)]),
    build(world) {
      world.process({
        name: 'clock',
        region: 'east',
        boot: (os) => {
          const tick = (): void => void os.after(ms(25), ticking, tick);
          return { start: tick };
        },
      });
    },
  });
  run.advance();
  expect(told).toEqual({
    always: [ms(25), ms(50), ms(75), ms(100), ms(125), ms(150), ms(175), ms(200)],
    late: [ms(25), ms(75), ms(100), ms(125), ms(150), ms(175), ms(200)],
    never: [ms(25), ms(125)],
  });
});

test('a monitor that attends to some types of events is told of no others', () => {
  const types = new Set<EventType>();
  const all = new Set<EventType>();
  const picky = property('picky', () => ({
    attends: (type) => type === EventType.datagram,
    stepped: ({ type }) => void types.add(type),
  }));
  createRun(spec([picky, property('curious', () => ({ stepped: ({ type }) => void all.add(type) }))])).advance();
  expect([...types]).toEqual([EventType.datagram]);
  expect(all).toContain(EventType.control);
});

const boom = (): never => {
  throw new Error('boom');
};

test.each<keyof Observer>(['sent', 'stepped', 'started', 'passed', 'healed'])(
  'what a property throws in `%s` is its own, and no fault of a process',
  (method) => {
    const run = createRun(
      spec([property('my/sound', () => ({ sent: () => undefined })), property('my/own', () => ({ [method]: boom }))]),
    );
    expect(run.advance()).toBe('crashed');
    expect(run.failure).toMatchObject({ process: 'property my/own', message: 'boom', error: { message: 'boom' } });
  },
);

test.each(['pending', 'waits'])('and what it throws in `%s`', (method) => {
  const goal: Property = { ...property('my/goal', () => ({ [method]: boom })), kind: 'eventually' };
  const run = createRun(spec([goal]));
  expect(run.advance()).toBe('crashed');
  expect(run.failure).toMatchObject({ process: 'property my/goal', message: 'boom' });
});

test('an observer is told why a process ended by itself, before it hears that it is down; a fault is no such reason', () => {
  const told: string[] = [];
  const watching = property('watching', () => ({
    panicked: ({ name, up }, { message }) => void told.push(`${name}, ${up ? 'up' : 'down'}: ${message}`),
    crashed: ({ name }) => void told.push(`${name} crashed`),
  }));
  createRun({
    ...spec([watching]),
    faults: [{ do: 'kill', target: 'struck', at: ms(10), for: ms(10) }],
    build(world) {
      world.process({ name: 'struck', region: 'east', boot: () => ({ start: () => undefined }) });
      world.process({
        name: 'weary',
        region: 'east',
        boot: () => ({
          start: () => {
            throw new Panic('cannot go on');
          },
        }),
      });
    },
  }).advance();
  expect(told.slice(0, 3)).toEqual(['weary, up: cannot go on', 'weary crashed', 'struck crashed']);
});

import { describe, expect, test } from 'vitest';
import { createRun, ms, RpcServer, seconds, threeRegions, type Boot, type CallOutcome } from '../../../sim/index.ts';
import { defaultDesign } from '../../design.ts';
import { StoreClient } from '../client/client.ts';
import { StoreMachine } from './machine.ts';
import { putMethod, registerClientMethod } from '../member/methods.ts';
import { put, type Command, type CommandSession, type StoreResponse } from './requests.ts';
import { storeErrors } from './errors.ts';

/** A machine with a log of its own. */
function machine(defects: readonly string[] = []): {
  readonly store: StoreMachine;
  readonly apply: (command: Omit<Command, 'requestId'>) => StoreResponse;
} {
  const store = new StoreMachine({ defects: new Set(defects) });
  let index = 0;
  return { store, apply: (command) => store.apply(++index, { requestId: `r${index}`, ...command }) };
}

const register = (sessionsMax = 8): Omit<Command, 'requestId'> => ({ request: { kind: 'registerClient', sessionsMax } });
const asked = (client: number, sequence: number, answeredBelow = 1): CommandSession => ({ client, sequence, answeredBelow });
const write = (session: CommandSession, key = 'a'): Omit<Command, 'requestId'> => ({
  request: put(key, 'v', { prevKv: true }),
  session,
});

describe('a command of a session', () => {
  test('takes effect once, and every repetition is answered as the first time', () => {
    const { store, apply } = machine();
    expect(apply(register())).toEqual({ kind: 'registerClient', revision: 1, client: 1 });
    const first = apply(write(asked(1, 1)));
    apply(write(asked(1, 2), 'b'));
    expect(apply(write(asked(1, 1)))).toEqual(first);
    expect(store.revision).toBe(3);
  });

  test('is refused in a session that nobody knows, and not carried out', () => {
    const { store, apply } = machine();
    expect(apply(write(asked(7, 1)))).toEqual(storeErrors.ErrClientSessionNotFound);
    expect(store.revision).toBe(1);
  });

  test('is refused when its client has the answer and the store no more', () => {
    const { store, apply } = machine();
    apply(register());
    apply(write(asked(1, 1)));
    apply(write(asked(1, 3, 3)));
    expect(apply(write(asked(1, 1)))).toEqual(storeErrors.ErrCommandObsolete);
    expect(apply(write(asked(1, 2)))).toEqual(storeErrors.ErrCommandObsolete);
    expect(store.revision).toBe(3);
  });

  test('keeps a refusal as it keeps an answer', () => {
    const { apply } = machine();
    apply(register());
    const request = put('a', 'v', { lease: 5 });
    expect(apply({ request, session: asked(1, 1) })).toEqual(storeErrors.ErrLeaseNotFound);
    apply({ request: { kind: 'leaseGrant', id: 5, ttlUs: seconds(5) } });
    expect(apply({ request, session: asked(1, 1) })).toEqual(storeErrors.ErrLeaseNotFound);
  });
});

describe('sessions', () => {
  test('end in the order of their last use in the log', () => {
    const { apply } = machine();
    for (let n = 0; n < 3; n++) apply(register(3));
    apply(write(asked(1, 1)));
    expect(apply(register(3))).toMatchObject({ client: 5 });
    expect(apply(write(asked(2, 1)))).toEqual(storeErrors.ErrClientSessionNotFound);
    expect(apply(write(asked(1, 2)))).toMatchObject({ kind: 'put' });
  });

  test('go along in a snapshot, with their answers and their order', () => {
    const { store, apply } = machine();
    for (let n = 0; n < 2; n++) apply(register(2));
    const first = apply(write(asked(1, 1)));
    const copy = new StoreMachine();
    copy.restore(store.snapshot());
    expect(copy.snapshot()).toEqual(store.snapshot());
    expect(copy.apply(4, { requestId: 'again', ...write(asked(1, 1)) })).toEqual(first);
    copy.apply(5, { requestId: 'other', ...register(2) });
    expect(copy.apply(6, { requestId: 'late', ...write(asked(2, 1)) })).toEqual(storeErrors.ErrClientSessionNotFound);
    expect(copy.revision).toBe(2);
  });

  test('defect snapshot-forgets-sessions: who has installed one refuses what the others carry out', () => {
    const { store, apply } = machine();
    apply(register());
    const copy = new StoreMachine({ defects: new Set(['snapshot-forgets-sessions']) });
    copy.restore(store.snapshot());
    expect(copy.apply(2, { requestId: 'r', ...write(asked(1, 1)) })).toEqual(storeErrors.ErrClientSessionNotFound);
  });
});

/** A member that answers what it likes, and a client that puts once. */
function putOnce(answers: readonly ('silence' | 'session over' | 'ok')[]): {
  readonly outcome: CallOutcome<unknown>;
  readonly sessions: readonly (CommandSession | undefined)[];
} {
  const sessions: (CommandSession | undefined)[] = [];
  let outcome: CallOutcome<unknown> | null = null;
  const member: Boot = (os) => {
    const server = new RpcServer();
    server.handle(registerClientMethod, (_, reply) => reply.ok({ kind: 'registerClient', revision: 1, client: 9 }));
    server.handle(putMethod, ({ session }, reply) => {
      const answer = answers[sessions.length];
      sessions.push(session);
      if (answer === 'ok') reply.ok({ kind: 'put', revision: 2, prevKv: null });
      else if (answer === 'session over') reply.refuse('ErrClientSessionNotFound', os.name);
    });
    return { start: () => undefined, accept: (connection) => server.accept(connection) };
  };
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    faults: [],
    properties: [],
    healAtUs: seconds(5),
    endUs: seconds(6),
    build: (world) => {
      world.process({ name: 'member', region: 'east', boot: member });
      world.process({
        name: 'client',
        region: 'east',
        boot: (os) => ({
          start: () => {
            const client = new StoreClient(os, ['member'], { ...defaultDesign, clientSessions: 8, storeRequestUs: ms(1_000) });
            os.spawn('put', client.put(put('a', 'v')), (told) => (outcome = told));
          },
        }),
      });
    },
  });
  expect(run.advance()).toBe('ok');
  if (outcome === null) throw new Error('the client was told nothing');
  return { outcome, sessions };
}

describe('a client with a session', () => {
  test('repeats what it has no answer to, under the same number', () => {
    const { outcome, sessions } = putOnce(['silence', 'ok']);
    expect(outcome).toEqual({ status: 'ok', value: { kind: 'put', revision: 2, prevKv: null } });
    expect(sessions).toEqual([asked(9, 1), asked(9, 1)]);
  });

  test('does not know what became of a command when its session ends before an answer', () => {
    expect(putOnce(['silence', 'session over']).outcome.status).toBe('unknown');
    expect(putOnce(['session over']).outcome).toMatchObject({ status: 'refused', code: 'ErrClientSessionNotFound' });
    expect(putOnce([]).outcome.status).toBe('unknown');
  });
});

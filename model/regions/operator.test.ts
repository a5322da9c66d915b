import { expect, test } from 'vitest';
import { createRun, ms, RpcServer, seconds, threeRegions, type Boot, type Operation, type Reply } from '../../sim/index.ts';
import { createMethod, getMethod, updateMethod } from '../api/methods.ts';
import type { Resource } from '../api/resources/index.ts';
import { deploymentSpec, deploymentStatus, metadata } from '../api/testing/objects.ts';
import { noDefects } from '../defect.ts';
import { defaultDesign } from '../design.ts';
import type { Intent } from '../intent.ts';
import { operator } from './operator.ts';

const web: Resource<'Deployment'> = {
  kind: 'Deployment',
  metadata: metadata('web', { uid: 'u1', resourceVersion: 7 }),
  spec: deploymentSpec(),
  status: deploymentStatus(),
};

/** A server that answers reads with `web`, and writes as it is told to. */
function server(write: (reply: Reply<Resource>, attempt: number) => void): Boot {
  return () => {
    const rpc = new RpcServer();
    let attempts = 0;
    rpc.handle(getMethod, ({ name }, reply) => (name === 'web' ? reply.ok(web) : reply.refuse('not-found', 'no such thing')));
    rpc.handle(createMethod, (_, reply) => write(reply, ++attempts));
    rpc.handle(updateMethod, (_, reply) => write(reply, ++attempts));
    return { start: () => undefined, accept: (connection) => rpc.accept(connection) };
  };
}

function histories(intent: Intent, api: Boot): readonly Operation[] {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) => {
      world.process({ name: 'api-east-1', region: 'east', boot: api });
      const options = {
        apiEndpoints: ['api-east-1'],
        registries: [],
        intents: [intent],
        design: defaultDesign,
        defects: noDefects,
      };
      world.process({ name: 'operator-1', region: 'east', boot: operator(options) });
    },
    faults: [],
    properties: [],
    healAtUs: seconds(19),
    endUs: seconds(20),
  });
  run.advance();
  expect(run.failure).toBeNull();
  return run.history.operations;
}

const scale: Intent = { at: ms(10), client: 'operator-1', operation: 'scale', arguments: { name: 'web', replicas: 3 } };

test('an acknowledged write is ok, with the version it was told', () => {
  const [operation] = histories(
    scale,
    server((reply) => reply.ok({ ...web, metadata: { ...web.metadata, resourceVersion: 9, generation: 2 } })),
  );
  expect(operation).toMatchObject({ name: 'scale', status: 'ok', output: { uid: 'u1', generation: 2, resourceVersion: 9 } });
});

test('a write that is never answered has an outcome that nobody knows, and is not tried again', () => {
  let attempts = 0;
  const [operation, ...others] = histories(
    scale,
    server(() => void attempts++),
  );
  expect(operation).toMatchObject({ status: 'info', output: 'deadline' });
  expect(others).toEqual([]);
  expect(attempts).toBe(1);
});

test('a conflict is read and tried again, as the same operation', () => {
  const [operation, ...others] = histories(
    scale,
    server((reply, attempt) => (attempt < 3 ? reply.refuse('conflict', 'changed') : reply.ok(web))),
  );
  expect(operation?.status).toBe('ok');
  expect(others).toEqual([]);
});

test('a refused write has not happened', () => {
  const declare: Intent = {
    at: 0,
    client: 'operator-1',
    operation: 'declare',
    arguments: { name: 'web', replicas: 1, image: 'a' },
  };
  const [operation] = histories(
    declare,
    server((reply) => reply.refuse('already-exists', 'there is one')),
  );
  expect(operation).toMatchObject({ status: 'fail', output: 'already-exists: there is one' });
});

test('conflicts without end are given up, and have not happened', () => {
  const [operation] = histories(
    scale,
    server((reply) => reply.refuse('conflict', 'changed again')),
  );
  expect(operation).toMatchObject({ status: 'fail', output: 'changed again' });
});

test('an operation that there is not is refused by its name, before the run', () => {
  const remove = { at: 0, client: 'operator-1', operation: 'remove', arguments: { name: 'web' } } as unknown as Intent;
  expect(() =>
    histories(
      remove,
      server(() => undefined),
    ),
  ).toThrow('operator-1: no operation of an operator is called "remove"');
});

test('a read that finds nothing is an answer', () => {
  const [operation] = histories(
    { at: 0, client: 'operator-1', operation: 'read', arguments: { name: 'other' } },
    server(() => undefined),
  );
  expect(operation).toMatchObject({ status: 'ok', output: { uid: '', generation: 0, resourceVersion: 0, spec: null } });
});

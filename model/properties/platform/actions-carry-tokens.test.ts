import { expect, test } from 'vitest';
import { createRun, ms, threeRegions, type Os } from '../../../sim/index.ts';
import { createMethod, deleteMethod, statusMethod, updateMethod } from '../../api/methods.ts';
import type { Fence } from '../../api/resources/index.ts';
import { actionsCarryTokens } from './actions-carry-tokens.ts';
import { judged } from './testing/crossings.ts';

const token: Fence = { role: 'deployer', token: 4 };

/** The verdict when a process of this name sends what `asks` sends. */
function judge(name: string, asks: (os: Os) => void): string | null {
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) => {
      world.process({ name, region: 'east', boot: (os) => ({ start: () => asks(os) }) });
      world.process({ name: 'api-east-1', region: 'east', boot: () => ({ start: () => undefined }) });
    },
    faults: [],
    properties: [actionsCarryTokens()],
    healAtUs: ms(10),
    endUs: ms(20),
    keepEvidence: true,
  });
  run.advance();
  return judged(run);
}

const deletes =
  (fence: Fence | null) =>
  (os: Os): void =>
    os.send('api-east-1', deleteMethod.request, {
      call: 1,
      body: { kind: 'Workload', name: 'w', uid: 'u', resourceVersion: 0, fence },
    });
const changes =
  (fence: Fence | null) =>
  (os: Os): void =>
    os.send('api-east-1', updateMethod.request, {
      call: 1,
      body: { kind: 'Deployment', name: 'web', resourceVersion: 3, spec: null, metadata: null, fence },
    });
const reports =
  (fence: Fence | null) =>
  (os: Os): void =>
    os.send('api-east-1', statusMethod.request, {
      call: 1,
      body: { kind: 'Deployment', name: 'web', resourceVersion: 3, status: {}, fence },
    });
const campaigns = (os: Os): void =>
  os.send('api-east-1', createMethod.request, {
    call: 1,
    body: { kind: 'Lease', name: 'deployer', spec: { holder: 'a', durationUs: 1, renewals: 1 }, fence: null },
  });

test('a controller writes under its token', () => {
  expect(judge('deployer-east', deletes(token))).toBeNull();
  expect(judge('deployer-east', changes(token))).toBeNull();
  expect(judge('provisioner-west', reports(token))).toBeNull();
});

test('without it each write is one too many', () => {
  expect(judge('deployer-east', deletes(null))).toBe(
    'deployer-east asks for api/delete of Workload w without the token of its lease',
  );
  expect(judge('deployer-east', changes(null))).toMatch(/deployer-east asks for api\/update of Deployment web without/);
  expect(judge('provisioner-west', reports(null))).toMatch(/provisioner-west asks for api\/status of Deployment web without/);
});

test('who only campaigns has none yet, and others need none', () => {
  expect(judge('deployer-east', campaigns)).toBeNull();
  expect(judge('operator-1', deletes(null))).toBeNull();
});

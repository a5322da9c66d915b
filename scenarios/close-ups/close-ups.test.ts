import { describe, expect, test } from 'vitest';
import { drawnScenarios } from '../catalogue/index.ts';
import { firstCaught } from '../defect-run.ts';
import { defects } from '../defects.ts';
import { huntingGround } from '../hunt/hunting-grounds.ts';
import { closeUps } from './index.ts';

const SEEDS = 8;

describe('a close-up shows within a few seeds what elsewhere takes hundreds', () => {
  test.each([
    ['identities-out-of-touch', 'force-delete-unconfirmed'],
    ['primary-on-an-island', 'acknowledge-beyond-lag'],
    ['primary-on-an-island', 'promote-without-waiting'],
    ['dns-changes-held-up', 'dns-cleanup-deletes-active'],
    ['cloud-calls-held-up', 'no-seal'],
    ['volume-writes-held-up', 'volume-takes-writes-of-anybody'],
    ['nodes-unheard', 'evict-when-blind'],
    ['nodes-unheard', 'silence-by-cache'],
    ['controllers-begin-anew', 'progress-in-memory'],
    ['leader-writes-held-up', 'no-fencing'],
    ['names-taken-over', 'replaced-taken-for-same'],
    ['volumes-come-and-go', 'volume-deleted-in-use'],
    ['watches-held-up', 'expectations-expire'],
    ['services-declared-again', 'data-kept-by-deployment'],
    ['endpoints-change-hands', 'endpoints-without-catching-up'],
    ['storm-of-coups', 'commit-older-term'],
    ['storm-of-stale-read-leases', 'lease-without-margin'],
    ['storm-of-deaf-leaders', 'lease-outlives-transfer'],
    ['storm-of-migrations', 'older-pre-vote-dropped'],
    ['storm-of-sleepers', 'resource-ignores-token'],
  ])('%s: %s', (name, id) => {
    const scenario = closeUps.find((each) => each.name === name)!;
    const defect = defects.find((each) => each.id === id)!;
    expect(firstCaught({ scenario, defect }, 500_001, SEEDS)).not.toBeNull();
  });
});

test('hunts run all of them, and a swarm that is told no names draws none', () => {
  const hunted = new Set(Array.from({ length: 1_000 }, (_, seed) => huntingGround(seed)));
  expect(closeUps.filter((closeUp) => !hunted.has(closeUp))).toEqual([]);
  expect(closeUps.filter((closeUp) => drawnScenarios.includes(closeUp))).toEqual([]);
});

import { expect, test } from 'vitest';
import { createRun, ms, seconds, threeRegions, type Co, type Fault, type Os, type Run } from '../../../sim/index.ts';
import { defaultDesign, type Design } from '../../design.ts';
import { storeMember } from '../member/member.ts';
import { StoreClient } from '../client/client.ts';
import { range } from '../machine/requests.ts';
import { Election } from './election.ts';
import { Mutex } from './mutex.ts';
import { openSession, type Session } from './session.ts';

const members = new Map([1, 2, 3].map((id) => [id, `store-${id}`]));
const regions = ['east', 'west', 'north'];
const TTL_US = seconds(3);

type Script = (os: Os, client: StoreClient, note: (what: string) => void) => Co<void>;

/** Three members and clients `a`, `b` … that carry out their scripts; what they noted, in order. */
function play(
  scripts: readonly Script[],
  options: { readonly faults?: readonly Fault[]; readonly endUs?: number } = {},
): readonly string[] {
  const notes: string[] = [];
  const design: Design = { ...defaultDesign, storeMembers: 3 };
  const { faults = [], endUs = seconds(20) } = options;
  const run: Run = createRun({
    seed: 1,
    topology: { ...threeRegions(), keepaliveUs: seconds(15) },
    faults,
    properties: [],
    healAtUs: endUs - 1,
    endUs,
    build: (world) => {
      for (const [id, name] of members)
        world.process({ name, region: regions[id - 1]!, boot: storeMember({ id, members, design, defects: new Set() }) });
      for (const [at, script] of scripts.entries()) {
        const name = String.fromCharCode(97 + at);
        const boot = (os: Os) => ({
          start: () => {
            const client = new StoreClient(os, [...members.values()], design);
            os.spawn(
              'script',
              script(os, client, (what) => void notes.push(`${name} ${what}`)),
            );
          },
        });
        world.process({ name, region: regions[at % 3]!, boot });
      }
    },
  });
  if (run.advance() === 'crashed') throw run.failure?.error;
  return notes;
}

function* session(os: Os, client: StoreClient): Co<Session> {
  for (;;) {
    const opened = yield* openSession(os, client, TTL_US);
    if (opened.status === 'ok') return opened.value;
    yield* os.sleep(ms(200));
  }
}

/** Locks at a time, holds for another, unlocks. */
const holder = (fromUs: number, forUs: number): Script =>
  function* (os, client, note) {
    yield* os.sleep(fromUs);
    const own = yield* session(os, client);
    const mutex = new Mutex(client, own, 'lock', new Set());
    const locked = yield* mutex.lock();
    note(locked.status === 'refused' ? locked.code : locked.status);
    yield* os.sleep(forUs);
    if (locked.status === 'ok') {
      note(own.open ? 'unlocks' : 'lost its session');
      yield* mutex.unlock();
    }
  };

test('a lock passes from one to the next in the order in which they asked', () => {
  const notes = play([
    holder(seconds(3), seconds(1)),
    holder(seconds(3) + ms(400), ms(500)),
    holder(seconds(3) + ms(600), ms(500)),
  ]);
  expect(notes).toEqual(['a ok', 'a unlocks', 'b ok', 'b unlocks', 'c ok', 'c unlocks']);
});

test('who asks twice in one session holds one lock', () => {
  const notes = play([
    function* (os, client, note) {
      yield* os.sleep(seconds(3));
      const mutex = new Mutex(client, yield* session(os, client), 'lock', new Set());
      const first = yield* mutex.lock();
      const second = yield* mutex.lock();
      note(`${first.status} ${JSON.stringify(first) === JSON.stringify(second)}`);
      note((yield* mutex.unlock()).status);
      note((yield* mutex.unlock()).status);
    },
  ]);
  expect(notes).toEqual(['a ok true', 'a ok', 'a refused']);
});

test('who only tries does not wait, and leaves the queue', () => {
  const notes = play([
    holder(seconds(3), seconds(2)),
    function* (os, client, note) {
      yield* os.sleep(seconds(4));
      const mutex = new Mutex(client, yield* session(os, client), 'lock', new Set());
      const tried = yield* mutex.tryLock();
      note(tried.status === 'refused' ? tried.code : tried.status);
      const left = yield* client.range(range(mutex.key));
      note(left.status === 'ok' ? `has ${left.value.count} keys` : left.status);
      yield* os.sleep(seconds(3));
      note((yield* mutex.tryLock()).status);
    },
  ]);
  expect(notes).toEqual(['a ok', 'b ErrLocked', 'b has 0 keys', 'a unlocks', 'b ok']);
});

test('the lock of a holder that died passes on when its lease has ended', () => {
  const notes = play([holder(seconds(3), seconds(60)), holder(seconds(4), ms(100))], {
    faults: [{ at: seconds(5), do: 'crash', target: 'a', for: seconds(60) }],
  });
  expect(notes).toEqual(['a ok', 'b ok', 'b unlocks']);
});

test('who stood still in the queue until its lease was gone is told so instead of being given the lock', () => {
  const faults: Fault[] = [{ at: ms(4_500), do: 'pause', target: 'b', for: seconds(6) }];
  expect(play([holder(seconds(3), seconds(4)), holder(seconds(4), ms(100))], { faults })).toEqual([
    'a ok',
    'a unlocks',
    'b ErrSessionExpired',
  ]);
});

test('a holder that hears nothing of its lease for its TTL says that its session is over', () => {
  const faults: Fault[] = [{ at: seconds(5), do: 'isolate', target: 'a', for: seconds(8) }];
  expect(play([holder(seconds(3), seconds(6))], { faults })).toEqual(['a ok', 'a lost its session']);
});

const campaigner = (fromUs: number, forUs: number): Script =>
  function* (os, client, note) {
    yield* os.sleep(fromUs);
    const election = new Election(client, yield* session(os, client), 'election');
    note((yield* election.campaign(`${os.name}1`)).status);
    note((yield* election.proclaim(`${os.name}2`)).status);
    yield* os.sleep(forUs);
    note(`resigns: ${(yield* election.resign()).status}`);
    const late = yield* election.proclaim(`${os.name}3`);
    note(late.status === 'refused' ? late.code : late.status);
  };

test('one candidate leads after the other, and observers see each leader and what it proclaims', () => {
  const notes = play([
    campaigner(seconds(4), seconds(1)),
    campaigner(seconds(4) + ms(400), seconds(1)),
    function* (os, client, note) {
      yield* os.sleep(seconds(3));
      const election = new Election(client, yield* session(os, client), 'election');
      const none = yield* election.leader();
      note(none.status === 'refused' ? none.code : none.status);
      yield* election.observe(function* ({ value }) {
        yield* os.sleep(1);
        note(`sees ${value}`);
        return value !== 'b2';
      });
      note('has seen enough');
    },
  ]);
  const by = (who: string): readonly string[] => notes.filter((note) => note.startsWith(who));
  for (const who of ['a', 'b'])
    expect(by(who)).toEqual([`${who} ok`, `${who} ok`, `${who} resigns: ok`, `${who} ErrElectionNotLeader`]);
  expect(by('c')).toEqual(['c ErrElectionNoLeader', 'c sees a1', 'c sees a2', 'c sees b1', 'c sees b2', 'c has seen enough']);
  expect(notes.indexOf('b ok')).toBeGreaterThan(notes.indexOf('a resigns: ok') - 1);
});

test('a leader whose lease has ended proclaims nothing any more', () => {
  const faults: Fault[] = [{ at: seconds(6), do: 'pause', target: 'a', for: seconds(6) }];
  const notes = play(
    [
      function* (os, client, note) {
        yield* os.sleep(seconds(3));
        const election = new Election(client, yield* session(os, client), 'election');
        note((yield* election.campaign('first')).status);
        while (os.monotonicUs() < seconds(11)) yield* os.sleep(ms(100));
        const late = yield* election.proclaim('late');
        note(late.status === 'refused' ? late.code : late.status);
      },
    ],
    { faults },
  );
  expect(notes).toEqual(['a ok', 'a ErrElectionNotLeader']);
});

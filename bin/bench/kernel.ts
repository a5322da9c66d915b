/** The frozen workloads of the two lowest layers: the heap alone (the yardstick), and the kernel with actors that do nothing. */
import { Heap } from 'heap-js';
import { createRun, kind, threeRegions, type Connection, type Program, type Os, type Run } from '../../sim/index.ts';

interface Pending {
  timeUs: number;
  readonly id: number;
}

const HEAP_PENDING = 512;

/** The hold model: with 512 pending, each operation takes the earliest out and puts one in at a drawn later time. */
export function heapWorkload(operations: number): void {
  const heap = new Heap<Pending>((a, b) => (a.timeUs === b.timeUs ? a.id - b.id : a.timeUs - b.timeUs));
  let drawn = 1;
  const laterUs = (): number => {
    // A linear congruential generator (Numerical Recipes): the heap shall cost, not the chance.
    drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) | 0;
    return 1 + (drawn >>> 18);
  };
  let nextId = 0;
  while (nextId < HEAP_PENDING) heap.push({ timeUs: laterUs(), id: nextId++ });
  for (let i = 0; i < operations; i++) {
    const first = heap.pop() as Pending;
    heap.push({ timeUs: first.timeUs + laterUs(), id: nextId++ });
  }
}

const ACTORS = 10;
const TIMERS_PER_ACTOR = 4;
/** Every so many-th message goes over a connection, the others are datagrams. */
const CONNECTION_EVERY = 4;

const message = kind<number>('bench/message');
const tick = kind<null>('bench/tick');

/**
 * The run of the kernel workload at step 0: ten actors over three regions, about 450 events pending. Each actor has four timers
 * that fire every one to two milliseconds and send a message to one of the others, which does nothing with it.
 */
export function kernelRun(): Run {
  const topology = threeRegions();
  // An hour: about 200 million steps.
  const endUs = 3_600_000_000;
  return createRun({
    seed: 1,
    topology,
    faults: [],
    properties: [],
    healAtUs: endUs,
    endUs,
    build(world) {
      for (let i = 0; i < ACTORS; i++) {
        const region = topology.regions[i % topology.regions.length] as string;
        world.process({ name: `actor-${i}`, region, boot: (os) => actor(os, i) });
      }
    },
  });
}

function actor(os: Os, index: number): Program {
  const silent = { message: (): void => undefined, closed: (): void => undefined };
  const peers: string[] = [];
  for (let i = 1; i < ACTORS; i++) peers.push(`actor-${(index + i) % ACTORS}`);
  let connection: Connection;
  let sent = 0;
  const arm = (periodUs: number): void => {
    const fire = (): void => {
      const peer = peers[sent % peers.length] as string;
      if (sent % CONNECTION_EVERY === 0) connection.send(message, sent);
      else os.send(peer, message, sent);
      sent++;
      os.after(periodUs, tick, fire);
    };
    os.after(periodUs, tick, fire);
  };
  return {
    start() {
      connection = os.connect(peers[0] as string, silent);
      for (let i = 0; i < TIMERS_PER_ACTOR; i++) arm(1_000 + (((index * TIMERS_PER_ACTOR + i) * 337) % 1_000));
    },
    receive: () => undefined,
    accept: () => silent,
  };
}

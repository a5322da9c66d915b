/** A run in which scripted crossings stand for a platform: what properties make of what they are shown, and of nothing else. */
import {
  createRun,
  ms,
  threeRegions,
  type Boot,
  type Boundary,
  type Method,
  type Micros,
  type Os,
  type Property,
  type Run,
} from '../../../../sim/index.ts';
import { electionOf } from '../../../api/fences.ts';
import { fenceKey, objectKey, type Fence, type Resource } from '../../../api/resources/index.ts';
import { acceptedBoundary, type AcceptedAction } from '../../../outside/accepted.ts';
import { appliedBoundary, type AppliedEntry } from '../../../raft/host/state-machine.ts';
import { candidateKey } from '../../../store/concurrency/election.ts';
import { compareNumber, deleteRange, put, txn, type MutatingRequest } from '../../../store/machine/requests.ts';
import { deploymentSpec, deploymentStatus, metadata } from '../../../api/testing/objects.ts';

/** One moment of the script. */
export type Moment = (os: Os) => void;

/** Plays the moments one after the other, a millisecond apart, in a process of that name; a number is a longer pause. */
export function play(property: Property, moments: readonly (Moment | Micros)[], process = 'script'): Run {
  const pausesUs = moments.map((moment) => (typeof moment === 'number' ? moment : ms(1)));
  const lastUs = pausesUs.reduce((sum, pauseUs) => sum + pauseUs, 0);
  const run = createRun({
    seed: 1,
    topology: threeRegions(),
    build: (world) =>
      world.process({
        name: process,
        region: 'east',
        boot: (os) => ({
          start: () =>
            void os.spawn(
              'script',
              (function* () {
                for (const [at, moment] of moments.entries()) {
                  if (typeof moment !== 'number') moment(os);
                  yield* os.sleep(pausesUs[at] as Micros);
                }
              })(),
            ),
        }),
      }),
    faults: [],
    properties: [property],
    healAtUs: lastUs + ms(10),
    endUs: lastUs + ms(500),
    keepEvidence: true,
  });
  run.advance();
  return run;
}

/** The verdict step by step, which must be the verdict from scratch. */
export function judged(run: Run): string | null {
  const fromScratch = run.fullChecks()[0]?.broken ?? null;
  const stepByStep = run.violation?.message ?? null;
  const agree = (fromScratch === null) === (stepByStep === null);
  if (!agree) throw new Error(`step by step: ${stepByStep ?? 'fine'}; from scratch: ${fromScratch ?? 'fine'}`);
  return run.failure?.message ?? stepByStep;
}

/**
 * The property with a mistake in its verdict step by step: what it keeps in these tables it never finds again. Its judgement from
 * scratch has to find that out, and can only when it keeps no table of the kind.
 */
export function forgetful(property: Property, ...tables: readonly string[]): Property {
  return {
    ...property,
    monitor(report, scene, keepEvidence) {
      const monitor = property.monitor(report, scene, keepEvidence);
      for (const table of tables) {
        const kept = (monitor as unknown as Readonly<Record<string, unknown>>)[table];
        if (!(kept instanceof Map || kept instanceof WeakMap)) throw new RangeError(`${property.id} keeps no table ${table}`);
        kept.get = () => undefined;
      }
      return monitor;
    },
  };
}

export function crossing<B>(what: Boundary<B>, body: B): Moment {
  return (os) => os.cross(what, body);
}

/** A request of the process, and what becomes of it is told by what is applied later. */
export function asks<Request>(method: Method<Request, never>, request: Request): Moment {
  return (os) => os.send(os.name, method.request, { call: os.nextCall(), body: request });
}

/** A member applies an entry. */
export function applies(index: number, request: MutatingRequest | null, hash = index): Moment {
  const data = request === null ? null : { requestId: `r${index}`, request };
  const entry: AppliedEntry = { member: 1, index, term: 1, data, bytes: 100, hash, change: null, tag: '' };
  return crossing(appliedBoundary, entry);
}

/** The grant of a role: its token is the revision, which is one more than that of the write before it. */
export const grants = (role: string): MutatingRequest => put(fenceKey(role), 'somebody');

/** A candidate enters the election of a role, under the lease of its session; its token is the revision. */
export const stands = (role: string, session: number): MutatingRequest =>
  put(candidateKey(electionOf(role), session), 'somebody');

export const leaves = (role: string, session: number): MutatingRequest => deleteRange(candidateKey(electionOf(role), session));

export const writes = (object: Resource): MutatingRequest =>
  put(objectKey(object.kind, object.metadata.name), JSON.stringify(object));

export const deletesUnder = (key: string, fence: Fence): MutatingRequest =>
  txn([compareNumber(fenceKey(fence.role), 'mod', '=', fence.token)], [deleteRange(key)]);

export function accepts(sequence: number, action: Partial<AcceptedAction>): Moment {
  const base = {
    sequence,
    role: 'provisioner',
    token: 1,
    operationId: `o${sequence}`,
    owner: 'u1',
    generation: 1,
    action: 'provision',
    resource: `lb-${sequence}`,
    sizeGb: 0,
    workload: '',
    node: '',
  } as const;
  return crossing(acceptedBoundary, { ...base, ...action });
}

export function deployment(
  replicas: number,
  generation: number,
  options: { readonly uid?: string; readonly image?: string; readonly writtenBy?: Fence } = {},
): Resource<'Deployment'> {
  const { uid = 'u1', image = 'a', writtenBy = null } = options;
  return {
    kind: 'Deployment',
    metadata: metadata('web', { uid, resourceVersion: 0, generation, writtenBy }),
    spec: deploymentSpec({ replicas, image }),
    status: deploymentStatus(),
  };
}

/** What writes each object at its time; afterwards it only wakes, since time passes where something happens. */
export function writesAt(objects: readonly (readonly [Micros, Resource])[]): Boot {
  return (os) => ({
    start: () =>
      void os.spawn(
        'script',
        (function* () {
          for (const [at, [atUs, object]] of objects.entries()) {
            yield* os.sleep(atUs - os.monotonicUs());
            applies(at + 1, writes(object))(os);
          }
          for (;;) yield* os.sleep(ms(500));
        })(),
      ),
  });
}

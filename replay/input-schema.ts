/** Zod schemas of what a person may write or edit of a run: faults and topologies. */
import { z } from 'zod';
import type { Fault, Topology } from '../sim/index.ts';

const target = z.string().min(1);
const percent = z.int().min(0).max(100);
const factor = z.number().positive().max(1_000_000);
const timeUs = z.int().min(0);

const fromStart = { at: timeUs };
const lasting = { ...fromStart, for: timeUs.exactOptional() };
const onTarget = { ...lasting, target };
const onLinks = { ...lasting, from: target, to: target, oneWay: z.boolean().exactOptional() };
const ofKind = { kind: z.string().exactOptional() };

const named = <Name extends string>(name: Name): z.ZodLiteral<Name> => z.literal(name);

/** One fault; unknown fields are refused. Times are integer microseconds. */
export const faultSchema = z.discriminatedUnion('do', [
  z.strictObject({ ...onTarget, do: named('crash') }),
  z.strictObject({ ...onTarget, do: named('lose-disk') }),
  z.strictObject({ ...onTarget, do: named('kill') }),
  z.strictObject({ ...onTarget, do: named('pause') }),
  z.strictObject({ ...onTarget, do: named('slow'), factor }),
  z.strictObject({ ...lasting, do: named('lose-region'), region: target }),
  z.strictObject({ ...onLinks, do: named('partition') }),
  z.strictObject({ ...onTarget, do: named('isolate') }),
  z.strictObject({ ...onLinks, ...ofKind, do: named('delay'), byUs: timeUs }),
  z.strictObject({ ...onLinks, ...ofKind, do: named('lose'), percent }),
  z.strictObject({ ...onLinks, do: named('duplicate'), percent }),
  z.strictObject({ ...fromStart, target, do: named('reset') }),
  z.strictObject({ ...onTarget, do: named('slow-disk'), factor }),
  z.strictObject({ ...onTarget, do: named('stall-disk') }),
  z.strictObject({ ...onTarget, do: named('fill-disk') }),
  z.strictObject({ ...onTarget, do: named('fail-reads') }),
  z.strictObject({ ...onTarget, do: named('fail-writes') }),
  z.strictObject({ ...fromStart, target, do: named('rot'), file: z.string().exactOptional() }),
  z.strictObject({ ...fromStart, target, do: named('step-clock'), byUs: z.int() }),
  z.strictObject({ ...onTarget, do: named('drift-clock'), ppm: z.int().min(-999_999).max(999_999) }),
]) satisfies z.ZodType<Fault>;

const latencySchema = z.strictObject({ baseUs: timeUs, jitterUs: timeUs });

/** A topology whose matrix has one row and one column for each region. */
export const topologySchema = z
  .strictObject({
    regions: z.array(target).min(1),
    latency: z.array(z.array(latencySchema)),
    bandwidthMbps: z.number().min(0),
    queueUs: timeUs,
    keepaliveUs: timeUs,
    retransmitUs: timeUs,
  })
  .refine(({ regions, latency }) => latency.length === regions.length && latency.every((row) => row.length === regions.length), {
    path: ['latency'],
    message: 'the matrix needs one row and one column for each region',
  }) satisfies z.ZodType<Topology>;

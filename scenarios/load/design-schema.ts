/** What a design file may say: every value with its range. */
import { z } from 'zod';
import { stateClasses } from '../../model/api/state-classes.ts';
import type { Design } from '../../model/design.ts';
import { at, check, didYouMean, parseWritten, type WrittenFile } from './written-file.ts';

const HOUR_US = 3_600_000_000;
const durationUs = z.int().min(1_000, 'should be at least 1ms').max(HOUR_US, 'should be at most an hour');
const durationOrNever = z.union([z.literal(0), durationUs]);
const count = z.int().min(0).max(1_000_000);
const stateClassId = z.enum(
  stateClasses.map(({ id }) => id),
  `should be a class of state: ${stateClasses.map(({ id }) => id).join(', ')}`,
);

/** One schema a field; a field of `Design` that is missing here does not compile. */
const fields = {
  storeMembers: z.union([z.literal(3), z.literal(5), z.literal(7)], 'should be 3, 5 or 7'),
  storeSpares: z.int().min(0).max(7),
  heartbeatUs: durationUs,
  electionTicks: z.int().min(2).max(100),
  preVote: z.boolean(),
  preVoteOnRestart: z.boolean(),
  checkQuorum: z.boolean(),
  readMode: z.enum(['read-index', 'lease']),
  leaseMarginPercent: z.int().min(0).max(99),
  maxAppendBytes: z.int().min(1).max(1_000_000_000),
  maxInflight: count.min(1),
  snapshotEveryEntries: count.min(1),
  entriesBehindSnapshot: count,
  resignOnDiskTrouble: z.boolean(),
  strictReconfiguration: z.boolean(),
  snapshotChunkBytes: z.int().min(256).max(1_000_000_000),
  walSegmentBytes: z.int().min(1_024).max(1_000_000_000),
  backendCommitUs: durationUs,
  backendBatchChanges: count.min(1),
  backendSlackBytes: count,
  defragmentEveryUs: durationOrNever,
  compactBatchChanges: count.min(1),
  compactPauseUs: durationUs,
  corruptionCheckUs: durationOrNever,
  compactEveryUs: durationOrNever,
  keepRevisions: count,
  storeCompat: z.enum(['3.4', '3.6']),
  storeQuotaBytes: z.int().min(0).max(1_000_000_000_000),
  applyLagMaxEntries: count,
  storeRequestMaxBytes: z.int().min(1_024).max(1_000_000_000),
  watchResponseMaxBytes: z.int().min(64).max(1_000_000_000),
  watchProgressUs: durationUs,
  leaseCheckpointUs: durationOrNever,
  clientSessions: z.int().min(0).max(100_000),
  storeRequestUs: durationUs,
  apiRequestUs: durationUs,
  apiServersPerRegion: z.int().min(1).max(9),
  apiInFlightMax: count.min(2),
  apiQueueMax: count,
  listObjectUs: z.int().min(0).max(HOUR_US),
  watchCacheEvents: count.min(1),
  watchBufferEvents: count.min(1),
  bookmarkUs: durationUs,
  freshnessUs: durationUs,
  nodesPerRegion: z.int().min(1).max(50),
  nodeCapacity: z.int().min(1),
  daemonsPerRegion: z.int().min(0).max(1_000),
  controllerReplicas: z.int().min(1).max(9),
  electorRecipe: z.enum(['lease', 'election'], 'should be lease or election'),
  leaseDurationUs: durationUs,
  renewDeadlineUs: durationUs,
  leaseRetryUs: durationUs,
  fencing: z.boolean(),
  ownWrites: z.enum(['versions', 'expectations'], 'should be versions or expectations'),
  expectationsUs: durationUs,
  nodeLeaseUs: durationUs,
  nodeGraceUs: durationUs,
  healthCheckUs: durationUs,
  healthTimeoutUs: durationUs,
  unhealthyChecks: count.min(1),
  ejectPercentMax: z.int().min(0).max(100),
  primaryDeadlineUs: durationUs,
  failoverMarginPercent: z.int().min(0).max(1_000),
  failoverAfterUs: durationUs,
  failoverPauseUs: durationUs,
  replicationLagMax: count.min(1),
  dnsCleanupUs: durationUs,
  dnsTtlUs: durationUs,
  userPauseUs: durationUs,
  nodeStatusUs: durationUs,
  agentDeadlineUs: durationUs,
  tolerationUs: durationUs,
  evictionIntervalUs: durationUs,
  joinedRegions: z.int().min(1).max(3),
  volumes: z.boolean(),
  containerCrashUs: durationOrNever,
  maxObjectBytes: z.int().min(256).max(1_000_000_000),
  placements: z.partialRecord(stateClassId, z.enum(['consensus', 'outside'], 'should be consensus or outside')),
  writesPerSecond: z.partialRecord(stateClassId, z.int().min(1).max(1_000_000)),
  observationTtlUs: durationUs,
  telemetryFlushUs: durationUs,
  telemetryBufferRecords: count.min(1),
  logLinesPerContainer: z.int().min(0).max(1_000),
  statusEveryUs: durationUs,
  statusBlobBytes: count,
  statusShareUs: durationUs,
  regionalReplicationUs: durationUs,
  resyncUs: durationUs,
  watchTimeoutUs: durationUs,
} satisfies { [Field in keyof Design]: z.ZodType<Design[Field]> };

type Optional = { [Field in keyof typeof fields]: z.ZodExactOptional<(typeof fields)[Field]> };
const optional = Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, z.exactOptional(schema)])) as Optional;

/** Some values of a design; unknown fields are refused. */
export const designSchema = z.strictObject(optional);

/** All values of a design, as a recording has them. */
export const wholeDesignSchema = z.strictObject(fields) satisfies z.ZodType<Design>;

const FIELD_NAMES = Object.keys(fields);

/** Fields in microseconds, which a file may write as durations. */
export const DESIGN_US_FIELDS: readonly string[] = FIELD_NAMES.filter((name) => name.endsWith('Us'));

/** Names under which a file may have the fields. */
const WRITTEN_NAMES = [...FIELD_NAMES, ...DESIGN_US_FIELDS.map((name) => name.slice(0, -2))];

/** Reads a design file (YAML or JSON). Throws a FileError with file, line and column. */
export function readDesign(text: string, file: string): Partial<Design> {
  const written = parseWritten(text, file);
  checkDesignFields(written, []);
  return check(written, designSchema, DESIGN_US_FIELDS, []);
}

/** Throws a FileError that names the nearest field when the object at `path` has one that no design has. */
export function checkDesignFields(written: WrittenFile, path: readonly string[]): void {
  const design = at(written.value, path);
  if (typeof design !== 'object' || design === null || Array.isArray(design)) {
    const empty = path.length === 0 && design === null ? 'the file is empty; ' : '';
    throw written.error(path, `${empty}a design is a map of fields with their values`);
  }
  for (const name of Object.keys(design)) {
    if (WRITTEN_NAMES.includes(name)) continue;
    throw written.error(path, `a design has no field "${name}"${didYouMean(name, WRITTEN_NAMES)}`, name);
  }
}

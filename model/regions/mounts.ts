/** Volumes on a node: which are attached to it and for whom, and what its workloads read and write there. */
import { boundary, Channel, ms, type CallOutcome, type Co, type Os } from '../../sim/index.ts';
import type { ApiClient } from '../api/client/api-client.ts';
import { Informer } from '../api/client/informer.ts';
import type { Volume, Workload } from '../api/resources/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';
import { readVolumeMethod, writeVolumeMethod } from '../outside/volume-methods.ts';
import type { Container, Mount } from './container.ts';

export interface MountsOptions {
  readonly api: ApiClient;
  /** Name of the provider's process. */
  readonly cloud: string;
  readonly design: Design;
  readonly defects: DefectSet;
  /** What runs here, and still may. */
  readonly running: () => readonly Container[];
  /** Something was attached or detached. */
  readonly changed: () => void;
}

/** What a workload finds on its volume when it begins to run, or has been told that it has written. */
export interface VolumeUse {
  readonly what: 'mounted' | 'written';
  readonly workload: string;
  readonly volume: Mount;
  /** How much is on it. */
  readonly length: number;
}

export const volumeUseBoundary = boundary<VolumeUse>('node/volume', ({ what, workload, volume, length }) =>
  what === 'mounted'
    ? `${workload} finds ${length} writes on ${volume.resource}`
    : `${workload} has written number ${length} to ${volume.resource}`,
);

const WRITE_PAUSE_US = ms(400);
const RETRY_US = ms(200);
const TIMEOUT_US = ms(1_000);

export class Mounts {
  private readonly os: Os;
  private readonly options: MountsOptions;
  private readonly volumes: Informer<'Volume'> | null;
  private readonly provider: Channel | null;
  /** Uids of workloads that are writing. */
  private readonly writers = new Set<string>();

  constructor(os: Os, options: MountsOptions) {
    const { api, cloud, design, defects, changed } = options;
    this.os = os;
    this.options = options;
    this.volumes = design.volumes ? new Informer(os, { kind: 'Volume', client: api, design, defects, changed }) : null;
    this.provider = design.volumes ? new Channel(os, [cloud]) : null;
  }

  start(): void {
    this.volumes?.start();
  }

  /**
   * What a workload is to run with: null for nothing, undefined while its volume is not attached here for this very
   * workload. What the cache shows may be over by now, but not while the workload is known to be wanted here:
   * nothing is detached from one that is.
   */
  of({ metadata, spec }: Workload): Mount | null | undefined {
    if (spec.volume === undefined) return null;
    const volume = this.volumes?.cache.get(spec.volume);
    const attachment = volume?.status.attachment ?? null;
    if (volume === undefined || attachment === null || attachment.workload !== metadata.uid || attachment.epoch === 0)
      return undefined;
    return { resource: volume.status.resource, epoch: attachment.epoch, claim: claimOf(volume) };
  }

  /** To be called when something may have begun to run. */
  reconsider(): void {
    if (this.provider === null) return;
    for (const { uid, volume } of this.options.running()) {
      if (volume === null || this.writers.has(uid)) continue;
      this.writers.add(uid);
      this.os.spawn(`use ${volume.resource}`, this.use(this.provider, uid, volume), () => void this.writers.delete(uid));
    }
  }

  private *use(provider: Channel, uid: string, volume: Mount): Co<void> {
    const access = { resource: volume.resource, node: this.os.name, epoch: volume.epoch };
    let length = -1;
    while (this.runs(uid)) {
      if (length < 0) {
        const read = yield* provider.call(readVolumeMethod, access, TIMEOUT_US);
        if (read.status === 'ok') length = this.tell('mounted', uid, volume, read.value.length);
        else yield* this.os.sleep(RETRY_US);
        continue;
      }
      yield* this.os.sleep(WRITE_PAUSE_US);
      if (!this.runs(uid)) return;
      const written: CallOutcome<{ readonly length: number }> = yield* provider.call(
        writeVolumeMethod,
        { ...access, number: length + 1 },
        TIMEOUT_US,
      );
      if (written.status === 'ok') length = this.tell('written', uid, volume, length + 1);
      // What a workload has been refused it has to look for anew, as after an error of its file system.
      else if (written.status === 'refused') length = -1;
    }
  }

  private tell(what: VolumeUse['what'], workload: string, volume: Mount, length: number): number {
    if (this.runs(workload)) this.os.cross(volumeUseBoundary, { what, workload, volume, length });
    return length;
  }

  private runs(uid: string): boolean {
    return this.options.running().some((container) => container.uid === uid);
  }
}

/**
 * Who is to find again what was written: the next workload of that identity, of the same deployment or
 * of any when the volume is retained.
 */
function claimOf({ metadata, spec }: Volume): string {
  return spec.reclaim === 'retain' ? metadata.name : `${spec.owner}/${metadata.name}`;
}

/** The boundary of the regional stores: what one of them keeps under a key from now on, durably. */
import { boundary } from '../../../sim/index.ts';
import { formatStamp, type Stamp } from './hybrid-clock.ts';

/** The newest value of a key, as far as a region knows. */
export interface Version {
  readonly key: string;
  /** Null: deleted. */
  readonly value: string | null;
  readonly stamp: Stamp;
  /** Its place among the changes of the region that made it. */
  readonly sequence: number;
}

export interface KeptVersion {
  readonly region: string;
  /** A client of this region wrote it, or another region did and told. */
  readonly how: 'written' | 'merged';
  readonly version: Version;
  /** What stood there before; null: nothing that it remembers. */
  readonly replaced: Version | null;
}

export const keptBoundary = boundary<KeptVersion>('regional/kept', ({ region, how, version }) => {
  const what = version.value === null ? `${version.key} is deleted` : version.key;
  return `${region} keeps ${what}, ${how} at ${formatStamp(version.stamp)}`;
});

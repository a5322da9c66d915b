/**
 * The fault atlas: which plans leave a way back. In the default mode no plan makes recovery impossible by construction, so a
 * run that does not recover is the platform's fault and not the plan's (after TigerBeetle's `ClusterFaultAtlas`).
 */
import { describeFault, type Fault } from './fault.ts';
import { resolveTarget, type Named, type Strikable, type Target } from './target.ts';
import { seconds, type Micros } from '../time.ts';

/** Processes of one sort. */
export interface FaultGroup {
  readonly name: string;
  readonly members: readonly Strikable[];
  /** Its data outlives the loss of a minority of its members' copies, and not of more. */
  readonly quorum?: boolean;
  /** A member that has lost its disk comes back as another one by itself; where absent no drawn plan takes a disk away. */
  readonly rejoins?: boolean;
  /** What its files' names begin with. */
  readonly files?: readonly string[];
  /** What its members say to those of a group, by the beginning of a kind's name; answers have the same. */
  readonly says?: readonly { readonly kind: string; readonly to: string }[];
  /** How often it is struck in comparison to other groups; 1 when absent. */
  readonly weight?: number;
}

/**
 * `unrestricted`: for runs that judge safety alone. Any number of a group's copies may be damaged, and what strikes may
 * strike at the very end. Clocks stay within what the design's leases bear, and the only copy of something stays whole:
 * safety is promised under both conditions.
 */
export type AtlasMode = 'recoverable' | 'unrestricted';

export interface AtlasOptions {
  readonly groups: readonly FaultGroup[];
  /** Then all faults end. */
  readonly healAtUs: Micros;
  readonly mode?: AtlasMode;
  /** The fastest and slowest clock that the design's lease margins tolerate. */
  readonly driftPpmMax?: number;
  /** The furthest jump of a wall clock. */
  readonly stepUsMax?: Micros;
}

/**
 * Two clocks at both ends run apart by a tenth, which a lease bears whose holder stops a tenth before it ends. Real clocks
 * stay within 500 ppm as long as NTP disciplines them.
 */
export const DRIFT_PPM_MAX = 50_000;
export const STEP_US_MAX: Micros = seconds(30);
/** Below this a group has no member to spare. */
const SMALLEST_REDUNDANT_GROUP = 3;

/** Judges the faults of one plan, one after the other. */
export class Atlas {
  private readonly options: AtlasOptions;
  private readonly everybody: readonly Named[];
  /** By quorum group: the one member whose copy may be damaged. */
  private readonly damaged = new Map<FaultGroup, Named>();

  constructor(options: AtlasOptions) {
    this.options = options;
    this.everybody = options.groups.flatMap(({ members }) => members);
  }

  /** Takes the fault into the plan and returns null, or returns why that would leave no way back. */
  admit(fault: Fault): string | null {
    const { mode, healAtUs, driftPpmMax = DRIFT_PPM_MAX, stepUsMax = STEP_US_MAX } = this.options;
    if (mode !== 'unrestricted' && fault.at >= healAtUs) return `it begins only when all faults end, at ${healAtUs} µs`;
    switch (fault.do) {
      case 'rot':
        return this.admitDamage(fault.target, 'a rotten record can be had again only from other members of its group');
      case 'lose-disk':
        return this.admitDamage(fault.target, 'what a lost disk held can be had again only from other members of its group');
      case 'fail-reads':
        return this.admitDamage(fault.target, null);
      case 'drift-clock':
        return Math.abs(fault.ppm) <= driftPpmMax ? null : `the design's leases bear ${driftPpmMax} ppm`;
      case 'step-clock':
        return Math.abs(fault.byUs) <= stepUsMax ? null : `a step is at most ${stepUsMax} µs`;
      default:
        // Whatever ends with its fault leaves a way back: processes start, links and disks are whole again.
        return null;
    }
  }

  /** `alone` says why a process outside any quorum group cannot be struck; null when it can, since it gets its data back. */
  private admitDamage(target: Target, alone: string | null): string | null {
    if (target.includes('role:')) return 'whoever plays the role then may be one member too many';
    const struck = resolveTarget(target, this.everybody, () => undefined);
    const hit = new Map<FaultGroup, Named>();
    for (const process of struck) {
      const group = this.options.groups.find(({ members }) => members.includes(process));
      if (group?.quorum !== true) {
        if (alone !== null) return alone;
        continue;
      }
      if (this.options.mode === 'unrestricted') continue;
      if (group.members.length < SMALLEST_REDUNDANT_GROUP) return `${group.name} has no member to spare`;
      const other = hit.get(group) ?? this.damaged.get(group) ?? process;
      if (other.name !== process.name) return `${other.name} of ${group.name} is damaged already`;
      hit.set(group, process);
    }
    for (const [group, process] of hit) this.damaged.set(group, process);
    return null;
  }
}

/** What stands in the way of recovery, a line for each fault that the atlas does not admit; empty when the plan is fine. */
export function checkPlan(faults: readonly Fault[], options: AtlasOptions): readonly string[] {
  const atlas = new Atlas(options);
  return faults.flatMap((fault, position) => {
    const reason = atlas.admit(fault);
    return reason === null ? [] : [`faults[${position}] (${describeFault(fault)}): ${reason}`];
  });
}

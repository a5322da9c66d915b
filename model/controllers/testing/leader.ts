/** A leader that does what a test says, with all that any controller has at hand, and under a token. */
import { seconds, type Boot, type Co, type Micros } from '../../../sim/index.ts';
import { apiNames, controlPlane, runThrough, type ControlPlaneOptions } from '../../api/testing/world.ts';
import type { Fence, ResourceKind } from '../../api/resources/index.ts';
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';
import { controller, type ControllerTools } from '../machinery/controller.ts';

export interface Situation {
  readonly tools: ControllerTools;
  readonly fence: Fence;
  readonly design: Design;
  readonly defects: DefectSet;
}

export interface LeaderOptions extends Pick<ControlPlaneOptions, 'defects' | 'design' | 'faults' | 'processes'> {
  /** What it keeps caches of. */
  readonly kinds: readonly ResourceKind[];
  /** 40 s when absent. */
  readonly endUs?: Micros;
}

/** Runs `body` once, as soon as somebody leads, to its end: an Error when it has not ended by the end of the run. */
export function asLeader(
  { kinds, endUs = seconds(40), defects = [], processes, ...options }: LeaderOptions,
  body: (situation: Situation) => Co<void>,
): void {
  let ended = false;
  const boot = (design: Design): Boot =>
    controller({ design, defects: new Set(defects), apiEndpoints: apiNames }, (tools) => ({
      role: 'test',
      kinds,
      concerns: () => [],
      *background(fence) {
        yield* body({ tools, fence, design, defects: new Set(defects) });
        ended = true;
      },
      // Nothing concerns it.
      *reconcile() {
        yield* tools.os.sleep(1);
        return 'done';
      },
    }));
  runThrough(
    controlPlane({
      ...options,
      defects,
      endUs,
      processes: (design) => ({ 'leader-east': boot(design), ...processes?.(design) }),
    }),
  );
  if (!ended) throw new Error('the test did not come to its end');
}

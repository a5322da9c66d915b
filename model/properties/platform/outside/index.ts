/** What is claimed of state that stands outside of consensus: weaker promises, each kept. */
import type { Property } from '../../../../sim/index.ts';
import { isInConsensus } from '../../../api/state-classes.ts';
import type { Design } from '../../../design.ts';
import type { StoryOf } from '../placed-objects.ts';
import { artifactsAbsent } from './artifacts-absent.ts';
import { artifactContent } from './artifact-content.ts';
import { artifactsKept } from './artifacts-kept.ts';
import { eventsCounted } from './events-counted.ts';
import { logsWhole } from './logs-whole.ts';
import { samplesTrue } from './samples-true.ts';
import { statusKept } from './status-kept.ts';
import { statusNewest } from './status-newest.ts';
import { telemetryNeverBlocks } from './telemetry-never-blocks.ts';
import { regionalConvergence } from './regional-convergence.ts';
import { regionalDurable } from './regional-durable.ts';
import { regionalLastWriter } from './regional-last-writer.ts';

export function outsideProperties(storyOf: StoryOf, design: Design): readonly Property[] {
  return [
    artifactContent(),
    artifactsKept(),
    artifactsAbsent(),
    logsWhole(),
    eventsCounted(),
    samplesTrue(),
    telemetryNeverBlocks(storyOf),
    statusKept(),
    // Placed in consensus it is read there by everybody.
    ...(isInConsensus(design, 'status-blobs') ? [] : [statusNewest()]),
    regionalDurable(),
    regionalLastWriter(),
    regionalConvergence(),
  ];
}

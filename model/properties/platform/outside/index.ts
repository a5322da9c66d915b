/** What is claimed of state that stands outside of consensus: weaker promises, each kept. */
import type { Property } from '../../../../sim/index.ts';
import type { JournalOf } from '../journal.ts';
import { artifactsAbsent } from './artifacts-absent.ts';
import { artifactContent } from './artifact-content.ts';
import { artifactsKept } from './artifacts-kept.ts';
import { eventsCounted } from './events-counted.ts';
import { logsWhole } from './logs-whole.ts';
import { statusKept } from './status-kept.ts';
import { statusNewest } from './status-newest.ts';
import { telemetryNeverBlocks } from './telemetry-never-blocks.ts';
import { regionalConvergence } from './regional-convergence.ts';
import { regionalDurable } from './regional-durable.ts';
import { regionalLastWriter } from './regional-last-writer.ts';

export function outsideProperties(journalOf: JournalOf): readonly Property[] {
  return [
    artifactContent(),
    artifactsKept(),
    artifactsAbsent(),
    logsWhole(),
    eventsCounted(),
    telemetryNeverBlocks(journalOf),
    statusKept(),
    statusNewest(),
    regionalDurable(),
    regionalLastWriter(),
    regionalConvergence(),
  ];
}

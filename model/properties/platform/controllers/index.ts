/** What is claimed of controllers, whatever it is that they control: their caches, and what they may delete. */
import type { Property } from '../../../../sim/index.ts';
import type { Design } from '../../../design.ts';
import type { JournalOf } from '../journal.ts';
import { cachesConverge } from './caches-converge.ts';
import { noHarm } from './no-harm.ts';
import { noOrphans } from './no-orphans.ts';

export function controllerProperties(journalOf: JournalOf, design: Design): readonly Property[] {
  return [noHarm(journalOf), noOrphans(journalOf), cachesConverge(journalOf, design)];
}

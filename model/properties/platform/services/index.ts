/** What is claimed of services: discovery, primaries and the names that lead to them. */
import type { Property } from '../../../../sim/index.ts';
import type { Design } from '../../../design.ts';
import type { JournalOf } from '../journal.ts';
import { endpointsNeverEmpty } from './endpoints-never-empty.ts';

export function serviceProperties(journalOf: JournalOf, _design: Design): readonly Property[] {
  return [endpointsNeverEmpty(journalOf)];
}

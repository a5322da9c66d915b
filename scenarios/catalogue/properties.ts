/**
 * Every property that some scenario of the catalogue is judged by: those of the platform, and
 * the few that a storm adds of its own.
 */
import { defaultDesign } from '../../model/design.ts';
import type { Property } from '../../sim/index.ts';
import { propertiesOf } from '../run-spec.ts';
import { catalogue } from './index.ts';

export function judgedProperties(): readonly Property[] {
  return [
    ...new Map(
      catalogue.flatMap((scenario) => propertiesOf(scenario, defaultDesign).map((property) => [property.id, property])),
    ).values(),
  ];
}

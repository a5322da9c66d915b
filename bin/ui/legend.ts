/** What every glyph on the screen means, for help and manual: from the tables that draw them. */
import { stageSigns } from './faults-pane.ts';
import { scrubberSigns } from './header.ts';
import { propertySigns } from './properties-pane.ts';
import type { Sign } from './sign.ts';
import { markSigns } from './state-pane.ts';
import { eventSigns, laneSigns } from './timeline-row.ts';

export interface LegendSection {
  readonly title: string;
  readonly signs: readonly Sign[];
}

export const legend: readonly LegendSection[] = [
  { title: 'Events', signs: eventSigns },
  { title: 'Lanes', signs: laneSigns },
  { title: 'The whole run', signs: scrubberSigns },
  { title: 'State', signs: markSigns },
  { title: 'Properties', signs: propertySigns },
  { title: 'Faults', signs: stageSigns },
];

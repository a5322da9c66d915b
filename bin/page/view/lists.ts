/** The panes that are lists: how properties stand, the plan of faults, the moments worth stopping at, what run this is. */
import { duration } from '../../ui/duration.ts';
import { CHALLENGED, PROPERTY_WORDS } from '../../ui/property-words.ts';
import type { PageContent } from '../../export/page-content.ts';
import type { Frame, Overview } from '../protocol.ts';
import { timeOf } from './app.ts';
import { html } from './dom.ts';
import { clock, count, counted } from './words.ts';

export function propertyList({ properties }: Frame): readonly HTMLElement[] {
  return properties.map(({ id, title, status, message, event, isChallenged }) =>
    html(
      'li',
      { class: `property ${status}`, 'data-event': event === 0 ? null : event, title },
      html('span', { class: 'status' }, PROPERTY_WORDS[status]),
      html(
        'span',
        { class: 'id', title: isChallenged ? 'what this scenario challenges' : null },
        isChallenged ? `${id}${CHALLENGED}` : id,
      ),
      html('span', { class: 'title' }, message === '' ? title : message),
    ),
  );
}

export function faultList({ faults }: Frame): readonly HTMLElement[] {
  if (faults.length === 0) return [html('li', { class: 'meta' }, 'No faults are planned.')];
  return faults.map(({ stage, atUs, words, event }) =>
    html(
      'li',
      { class: `fault ${stage}`, 'data-event': event === 0 ? null : event },
      html('span', { class: 'time' }, clock(atUs)),
      html('span', { class: 'status' }, stage),
      html('span', {}, words),
    ),
  );
}

/** Those up to the event looked at are marked as past. */
export function momentList(overview: Overview, event: number): readonly HTMLElement[] {
  return overview.moments.map((moment) =>
    html(
      'li',
      {
        class: `moment ${moment.sort}${moment.event === event ? ' here' : moment.event < event ? ' past' : ''}`,
        'data-event': moment.event,
      },
      html('span', { class: 'time' }, clock(timeOf(overview, moment.event))),
      html('span', { class: 'dot' }),
      html('span', {}, moment.words),
    ),
  );
}

/** What decides the run, in words. */
export function runFacts({ recording, engine }: PageContent, overview: Overview): readonly HTMLElement[] {
  const { scenario, userFile, seed, defects, faults, workload, topology, healAtUs, endUs, steps, digest, quorate, build } =
    recording;
  const facts: readonly (readonly [string, string])[] = [
    ['scenario', userFile === null ? scenario : `${scenario}, from ${userFile.path}`],
    ['seed', String(seed)],
    ['defects', defects.length === 0 ? 'none' : defects.join(', ')],
    ['steps', `${count(steps)}, in ${duration(overview.endUs)} of simulated time`],
    ['digest', digest],
    ['processes', `${overview.processes.length} in ${topology.regions.join(', ')}`],
    ['faults', counted(faults.length, 'fault')],
    ['clients', counted(workload.length, 'operation')],
    ['healed at', duration(healAtUs)],
    ['ends at', duration(endUs)],
    ['recorded by', `Quorate ${quorate}, build ${build}`],
    ['executed by', `Quorate ${engine.quorate}, build ${engine.build}`],
  ];
  return [html('dl', { class: 'facts' }, ...facts.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]))];
}

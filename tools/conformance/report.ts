/** What a campaign found, in words. */
import type { ScriptLine } from '../../bin/store/script.ts';
import type { CampaignResult, Finding } from './campaign.ts';
import type { Difference } from './compare.ts';

const SHOWN_CHARACTERS = 4_000;

export function campaignText(
  result: CampaignResult,
  etcd: string,
  wallMs: number,
  interrupted: boolean,
  reproduce: (section: number) => string,
): string {
  const { operations, sections, waited, responses, finding, unsteady } = result;
  const lines = [
    ...(finding === null ? [] : findingText(finding)),
    ...unsteady.flatMap(({ section, difference }) => [
      `section ${section} showed a difference that did not repeat (${reproduce(section)})`,
      ...differenceText(difference),
      '',
    ]),
    `${operations} operations in ${sections} scripts, ${waited} of them until leases ended; ${responses} responses on watch streams; ${errorsText(result)}`,
    `etcd ${etcd} and Quorate's store: ${finding === null ? 'no difference' : 'a difference'} in ${(wallMs / 1_000).toFixed(0)} s${interrupted ? ', interrupted' : ''}`,
    ...(finding === null ? [] : [reproduce(finding.section)]),
  ];
  return lines.join('\n');
}

function errorsText({ errors }: CampaignResult): string {
  const total = [...errors.values()].reduce((sum, count) => sum + count, 0);
  return `${total} errors of ${errors.size} kinds`;
}

function findingText({ section, script, difference, from, tries }: Finding): string[] {
  return [
    `section ${section} shows a difference; its shortest script, ${script.length} of ${from} lines after ${tries} tries:`,
    '',
    ...scriptText(script),
    '',
    ...differenceText(difference),
    '',
  ];
}

/** As a file that `quorate store` reads. */
export function scriptText(script: readonly ScriptLine[]): string[] {
  return script.map(({ method, body }) => JSON.stringify({ method, body }));
}

export function differenceText({ at, where, path, ours, theirs }: Difference): string[] {
  return [
    `line ${at + 1}, ${where}${path === '' ? '' : `, at ${path}`}:`,
    `  etcd     ${shortened(JSON.stringify(theirs))}`,
    `  quorate  ${shortened(JSON.stringify(ours))}`,
  ];
}

/** The place where they differ is named; the rest of a large answer need not be read. */
function shortened(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)`;
}

/** How a failure came about: as a JSON document, and as a story. */
import type { Explanation, Part, StoryEntry } from '../../replay/explain/explanation.ts';
import { formatTime } from '../../sim/time.ts';
import { counted } from './counted.ts';
import { STORY_MARKS } from './sequence-text.ts';

export interface ExplainReport {
  readonly explanation: Explanation;
  /** Path of the drawing, if there is one. */
  readonly svg: string | null;
  readonly repro: string;
}

/** The fields that scripts rely on come first. */
export function explainJson({ explanation, svg, repro }: ExplainReport): object {
  const { violation, essential, story, runs, complete, faults, operations, standstills } = explanation;
  return { violation, essential, story, runs, complete, repro, svg, faults, operations, standstills };
}

/** `diagram`: lines to stand below the story. The last line is the command that reproduces the failure. */
export function explainText({ explanation, svg, repro }: ExplainReport, diagram: string | null): string {
  const { violation, runs, complete } = explanation;
  const { property, kind, step, timeUs, message } = violation;
  return [
    `${property} (${kind}) at step ${step}, ${formatTime(timeUs)}`,
    `  ${message}`,
    '',
    ...partLines(explanation),
    '',
    'what happened, by step and time (* the failure depends on this)',
    ...storyLines(explanation.story),
    '',
    ...(diagram === null ? [] : [diagram, '']),
    ...(svg === null ? [] : [`drawn in ${svg}`]),
    `${counted(runs, 'run')} tried with something left out${complete ? '' : ', and there was more to try (--budget)'}`,
    'reproduce with:',
    repro,
  ].join('\n');
}

/** What it hung on, and what decided nothing. */
function partLines({ faults, operations, essential, violation }: Explanation): readonly string[] {
  const of = (part: Part, of: readonly { readonly part: Part }[]): number => of.filter((one) => one.part === part).length;
  const counts = (part: Part): string =>
    [anyOf(of(part, faults), 'fault'), anyOf(of(part, operations), 'operation')].filter((text) => text !== '').join(' and ');
  const needed = [
    ...essential.faults.map(
      ({ text, struck }) => `  fault      ${text}${text.includes('role:') && struck.length > 0 ? ` (${struck.join(', ')})` : ''}`,
    ),
    ...essential.operations.map(({ text }) => `  operation  ${text}`),
    ...essential.messages.map(({ from, to, text, timeUs }) => `  message    ${from} → ${to}: ${text}, at ${formatTime(timeUs)}`),
  ];
  const lines =
    needed.length === 0
      ? [`nothing that was tried is needed for ${violation.property} to fail`]
      : ['needed (without any one of these it does not fail)', ...needed];
  const nothing = counts('nothing');
  const untried = counts('untried');
  if (nothing !== '') lines.push(`it still fails without ${nothing}`);
  if (untried !== '') lines.push(`not tried: ${untried}`);
  return lines;
}

function anyOf(count: number, what: string): string {
  return count === 0 ? '' : counted(count, what);
}

function storyLines(story: readonly StoryEntry[]): readonly string[] {
  const steps = column(story.map(({ step }) => String(step)));
  const times = column(story.map(({ timeUs }) => formatTime(timeUs)));
  return story.flatMap((entry, at) => {
    const where = `${steps[at]}  ${times[at]}`;
    return [
      `${entry.essential ? '*' : ' '} ${where}  ${STORY_MARKS[entry.type]} ${entry.text}`,
      ...entry.notes.map((note) => `${' '.repeat(where.length + 6)}(${note})`),
    ];
  });
}

function column(texts: readonly string[]): readonly string[] {
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => text.padStart(width));
}

/** Counted costs as people read them: for an event, in all and by function. */
import { noCost, type Cost, type Costs } from './costs.ts';

/** The engine's compilers, which work on another thread where nothing is counted; and its full collections, which are rare. */
const ENGINE =
  /compiler::|maglev::|turboshaft::|interpreter::|baseline::|OptimizedCompilation|Zone|LiveRange|Register(?:Allocat|Config)|BytecodeGraph|Marking|MarkCompact|Sweeper|Evacuator/;

/** Of the engine's own functions, whose names carry types. */
const NAME_WIDTH = 100;

/** The costliest first: what is fetched from afar takes some hundred times as long as what is executed. */
export function table(costs: Costs, events: number, rows: number): string {
  const counted = [...costs].filter(([name]) => !ENGINE.test(name));
  const all = noCost();
  for (const [, cost] of counted) for (const measure of Object.keys(all) as (keyof Cost)[]) all[measure] += cost[measure];
  const sorted = counted.toSorted(([, a], [, b]) => weight(b) - weight(a));
  const lines = [
    `for an event, of ${events}`,
    row('instructions', 'code (L1)', 'far: code', 'reads', 'writes', ''),
    figures(all, events, "all, without the engine's compilers and full collections"),
    ...sorted
      .slice(0, rows)
      .map(([name, cost]) => figures(cost, events, name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name)),
  ];
  return `${lines.join('\n')}\n`;
}

function weight({ instructions, farCode, farReads, farWrites }: Cost): number {
  return instructions + 200 * (farCode + farReads + farWrites);
}

function figures(cost: Cost, events: number, name: string): string {
  const each = (count: number, digits: number): string => (count / events).toFixed(digits);
  return row(
    each(cost.instructions, 0),
    each(cost.codeMisses, 1),
    each(cost.farCode, 2),
    each(cost.farReads, 2),
    each(cost.farWrites, 2),
    name,
  );
}

function row(
  instructions: string,
  codeMisses: string,
  farCode: string,
  farReads: string,
  farWrites: string,
  name: string,
): string {
  return `${instructions.padStart(12)} ${codeMisses.padStart(10)} ${farCode.padStart(10)} ${farReads.padStart(7)} ${farWrites.padStart(7)}  ${name}`.trimEnd();
}

/** What the judgement of histories came to: as a JSON document, and in words. */
import type { Judged } from '../check/judge-file.ts';
import { describeOperation, type Operation } from '../../replay/check/history.ts';
import type { Refutation, Standing } from '../../replay/check/linearizability.ts';
import { textOf } from '../../replay/check/value.ts';

/** More than these are counted. */
const NAMED = 8;

/** The fields that scripts rely on come first. */
export function checkJson({ file, operations, millis, verdict }: Judged, model: string): object {
  const { valid, objects } = verdict;
  const head = { file, valid, operations, millis, model, objects };
  if (valid === true) return head;
  if (valid === 'unknown') {
    const { decided, operation, givesUp } = verdict.standing;
    return { ...head, decided, reason: givesUp, operation: operation === null ? null : operationJson(operation) };
  }
  const { key, operation, isForeseen, states, concurrent, unanswered } = verdict.refutation;
  return {
    ...head,
    key,
    operation: operationJson(operation),
    foreseen: isForeseen,
    states,
    concurrent: concurrent.map(operationJson),
    unanswered: unanswered.map(operationJson),
  };
}

/** Lines of the file, from 1; values in EDN. */
function operationJson({ process, f, input, output, status, invokedLine, returnedLine }: Operation): object {
  return {
    process,
    f,
    input: textOf(input),
    output: status === 'ok' ? textOf(output) : null,
    invoked: invokedLine,
    returned: returnedLine,
  };
}

/** A line for each history, and a paragraph below for one that is not valid. */
export function checkText({ file, operations, millis, verdict }: Judged, model: string): string {
  const { valid, objects } = verdict;
  const figures = `${operations} operations on ${objects === 1 ? 'one' : objects} ${model}${objects === 1 ? '' : 's'} in ${(millis / 1_000).toFixed(2)} s`;
  if (valid === true) return `${file}: valid: ${figures}`;
  return valid === false
    ? `${file}: invalid: ${figures}\n${refutationText(verdict.refutation)}`
    : `${file}: unknown: ${figures}\n${standingText(verdict.standing)}`;
}

function refutationText({ operation, isForeseen, states, concurrent, unanswered }: Refutation): string {
  const answered =
    operation.status === 'ok' ? `answered in line ${operation.returnedLine}` : 'never answered, but seen by others';
  const lines = [
    `  ✗ ${describeOperation(operation)} by process ${operation.process} (asked in line ${operation.invokedLine}, ${answered}) fits in no order with what came before${isForeseen ? ', or with what comes out later' : ''}`,
    `    until then the state was ${listed(states, ' or ')}`,
  ];
  if (concurrent.length > 0) lines.push(`    open at the same time: ${listed(concurrent.map(named))}`);
  if (unanswered.length > 0) lines.push(`    never answered: ${listed(unanswered.map(named))}`);
  return lines.join('\n');
}

function standingText({ decided, objects, operation, givesUp }: Standing): string {
  const lines = [`  ${givesUp}; ${decided} of ${objects} decided`];
  if (operation !== null) lines.push(`  no order was found so far that goes beyond ${named(operation)}`);
  return lines.join('\n');
}

function named(operation: Operation): string {
  return `${describeOperation(operation)} by process ${operation.process} (line ${operation.invokedLine})`;
}

function listed(items: readonly string[], between = ', '): string {
  const more = items.length - NAMED;
  return `${items.slice(0, NAMED).join(between)}${more > 0 ? `${between}${more} more` : ''}`;
}

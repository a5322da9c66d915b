/** Histories for tests: written by hand, line by line, and judged by a search that knows nothing but the definition. */
import { HistoryBuilder, type EventType, type Operation } from '../history.ts';
import { linearizability, type Verdict } from '../linearizability.ts';
import { models } from '../models/index.ts';
import type { Call, Model } from '../models/model.ts';
import type { Value } from '../value.ts';

/** An event of process 3 is `[3, 'invoke', 'write', 1]`; the value may be left out. */
export type Line = readonly [process: number, type: EventType, f: string, value?: Value];

export function historyOf(lines: readonly Line[]): readonly Operation[] {
  const builder = new HistoryBuilder();
  for (const [at, [process, type, f, value = null]] of lines.entries()) builder.add({ process, type, f, value, line: at + 1 });
  return builder.finish();
}

export function modelNamed(name: string): Model<unknown, unknown> {
  const model = models.find((each) => each.name === name);
  if (model === undefined) throw new Error(`no model ${name}`);
  return model;
}

export function judge(
  operations: readonly Operation[],
  name: string,
  { keyed = false, initial = null }: { readonly keyed?: boolean; readonly initial?: Value } = {},
): Verdict {
  const check = linearizability(operations, modelNamed(name), { keyed, initial });
  for (;;) {
    const next = check.next();
    if (next.done === true) return next.value;
  }
}

/** Tries every order of every choice of unanswered operations. */
export function hasAnOrder(operations: readonly Operation[], name: string): boolean {
  const model = modelNamed(name);
  const from = (state: unknown, left: readonly Operation[]): boolean => {
    if (left.every(({ status }) => status === 'info')) return true;
    const firstReturn = Math.min(...left.map(({ returnedAt }) => returnedAt));
    return left.some((operation) => {
      if (operation.invokedAt > firstReturn) return false;
      const op = model.read(callOf(operation));
      // What nobody was told and changes nothing is as if it had not been.
      if (op === null) return false;
      const next = model.apply(op, state);
      return (
        next !== null &&
        from(
          next,
          left.filter((each) => each !== operation),
        )
      );
    });
  };
  return from(model.initially(null), operations);
}

export function callOf({ process, f, input, output, status }: Operation): Call {
  return { process, f, input, output, isKnown: status === 'ok' };
}

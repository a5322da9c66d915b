/** What clients asked and were told, as a Jepsen history: one operation in EDN a line, for Knossos, Elle and their like. */
import type { Operation } from '../../sim/index.ts';

const NS_PER_US = 1_000;

interface Line {
  readonly step: number;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly operation: Operation;
}

/**
 * An operation without an answer has none here either, which checkers take for `:info`. A process has one operation at a time, as
 * Jepsen's have: a client that has several under way is several, and whoever never learnt what became of one goes on as another,
 * since that one may be under way for ever.
 */
export function ednOf(operations: readonly Operation[]): string {
  const lines: Line[] = operations.flatMap((operation) => {
    const invoked: Line = { step: operation.invokedStep, type: 'invoke', operation };
    return operation.status === 'pending'
      ? [invoked]
      : [invoked, { step: operation.returnedStep, type: operation.status, operation }];
  });
  // In one step a client hears of what it asked before, and asks anew.
  lines.sort(
    (a, b) =>
      a.step - b.step ||
      Number(hasJustBegun(a)) - Number(hasJustBegun(b)) ||
      a.operation.id - b.operation.id ||
      Number(b.type === 'invoke') - Number(a.type === 'invoke'),
  );
  const processes = new Processes();
  return lines
    .map(({ type, operation }, index) => {
      const { client, name, input, output, invokedUs, returnedUs } = operation;
      const process = type === 'invoke' ? processes.take(operation) : processes.of(operation);
      if (type === 'ok' || type === 'fail') processes.free(client, process);
      const [value, timeUs] = type === 'invoke' ? [input, invokedUs] : [output, returnedUs];
      return `{:index ${index}, :type :${type}, :process ${process}, :client ${ednString(client)}, :f ${keyword(name)}, :value ${edn(value)}, :time ${timeUs * NS_PER_US}}\n`;
    })
    .join('');
}

class Processes {
  private count = 0;
  private readonly idle = new Map<string, number[]>();
  private readonly byOperation = new Map<number, number>();

  take({ id, client }: Operation): number {
    const process = this.idle.get(client)?.pop() ?? this.count++;
    this.byOperation.set(id, process);
    return process;
  }

  of({ id }: Operation): number {
    return this.byOperation.get(id) as number;
  }

  free(client: string, process: number): void {
    this.idle.set(client, [...(this.idle.get(client) ?? []), process]);
  }
}

function hasJustBegun({ step, operation }: Line): boolean {
  return operation.invokedStep === step;
}

/** Plain data in EDN: keys that can be keywords are. */
export function edn(value: unknown): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return ednString(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(edn).join(' ')}]`;
  if (typeof value !== 'object') throw new TypeError(`${typeof value} has no place in a history`);
  return `{${Object.entries(value)
    .map(([key, each]) => `${keyword(key)} ${edn(each)}`)
    .join(', ')}}`;
}

function keyword(name: string): string {
  return /^[A-Za-z][\w.-]*(?:\/[A-Za-z][\w.-]*)?$/.test(name) ? `:${name}` : ednString(name);
}

/** EDN knows fewer escapes than JSON. */
function ednString(text: string): string {
  return JSON.stringify(text).replaceAll(/\\(.)/g, (escape, what: string) =>
    what === 'b' ? '\\u0008' : what === 'f' ? '\\u000c' : escape,
  );
}

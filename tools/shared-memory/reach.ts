/**
 * What a value can reach in memory: properties, entries of collections, what closures have captured, and the local variables of
 * generators that wait. The last two are known to the debugger alone.
 */
import { Session, type Runtime } from 'node:inspector';

/** What a walk does with an object: look into it, or leave it, because it is nobody's memory. */
export type Border = (object: object) => boolean;

/** How an object was reached, for people. */
export type Reached = ReadonlyMap<object, string>;

const sink: unknown[] = [];

export class Reach {
  private readonly session = new Session();
  private readonly border: Border;
  private modules = false;

  constructor(border: Border) {
    this.border = border;
    this.session.connect();
    (globalThis as { __reached?: unknown[] }).__reached = sink;
  }

  close(): void {
    this.session.disconnect();
  }

  /** All objects that can be reached from the roots, borders left out; with `modules`, by way of their own variables, too. */
  from(roots: ReadonlyMap<string, unknown>, modules = false): Reached {
    this.modules = modules;
    const reached = new Map<object, string>();
    const waiting: [unknown, string][] = [...roots].map(([name, root]) => [root, name]);
    for (let at = 0; at < waiting.length; at++) {
      const [value, path] = waiting[at] as [unknown, string];
      if (
        (typeof value !== 'object' && typeof value !== 'function') ||
        value === null ||
        reached.has(value) ||
        this.border(value)
      )
        continue;
      reached.set(value, path);
      for (const [name, part] of this.partsOf(value)) waiting.push([part, `${path}.${name}`]);
    }
    return reached;
  }

  private *partsOf(value: object): Iterable<readonly [string, unknown]> {
    if (value instanceof Map || value instanceof Set)
      for (const [key, entry] of value.entries())
        yield* [
          ['<key>', key],
          ['<entry>', entry],
        ] as const;
    if (ArrayBuffer.isView(value)) return;
    for (const key of Reflect.ownKeys(value)) {
      if (key === 'prototype') continue;
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (descriptor !== undefined && 'value' in descriptor) yield [String(key), descriptor.value];
    }
    const isGenerator = Object.prototype.toString.call(value) === '[object Generator]';
    if (typeof value === 'function' || isGenerator) yield* this.captured(value);
  }

  /** Variables of the scopes around a function, or inside of a generator that waits. */
  private *captured(value: object): Iterable<readonly [string, unknown]> {
    (globalThis as { __asked?: unknown }).__asked = value;
    const { objectId } = this.post('Runtime.evaluate', { expression: '__asked' }).result as Runtime.RemoteObject;
    const { internalProperties = [] } = this.properties(objectId as string);
    for (const name of ['[[Scopes]]', '[[GeneratorReceiver]]']) {
      const found = internalProperties.find((each) => each.name === name)?.value;
      if (found?.objectId === undefined) continue;
      if (name === '[[GeneratorReceiver]]') yield ['<this>', this.object(found.objectId)];
      else
        for (const scope of this.properties(found.objectId).result)
          if (isOwnScope(scope, this.modules)) yield* this.variables(scope.value?.objectId as string);
    }
    this.post('Runtime.releaseObjectGroup', { objectGroup: '' });
  }

  private *variables(scope: string): Iterable<readonly [string, unknown]> {
    for (const { name, value } of this.properties(scope).result) {
      if (value?.objectId !== undefined) yield [`<${name}>`, this.object(value.objectId)];
    }
  }

  private object(objectId: string): unknown {
    this.post('Runtime.callFunctionOn', { objectId, functionDeclaration: 'function () { __reached.push(this); }' });
    return sink.pop();
  }

  private properties(objectId: string): Runtime.GetPropertiesReturnType {
    return this.post('Runtime.getProperties', { objectId, ownProperties: true }) as unknown as Runtime.GetPropertiesReturnType;
  }

  /** In one thread the debugger answers before `post` returns. */
  private post(method: string, parameters: object): { readonly result: unknown } {
    let answer: { readonly result: unknown } | null = null;
    this.session.post(method, parameters, (error, result) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      answer = result as { readonly result: unknown };
    });
    if (answer === null) throw new Error(`${method}: no answer yet`);
    return answer;
  }
}

/** Modules hold constants alone: the linter sees to it. */
function isOwnScope({ value }: Runtime.PropertyDescriptor, modules: boolean): boolean {
  const description = (value?.description ?? '').toLowerCase();
  if (description.startsWith('module')) return modules;
  return !description.startsWith('global') && !description.startsWith('script');
}

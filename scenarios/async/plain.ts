/** Copies of plain values: what passes between a controller and its host is never shared. */

/** A value as messages may carry it. Throws a TypeError that says where it is not plain. */
export function plainCopy(value: unknown, place = 'value', within: readonly object[] = []): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${place} is ${value}, which no message can carry`);
      return value;
    case 'object':
      break;
    default:
      throw new TypeError(`${place} is a ${typeof value}, which no message can carry`);
  }
  if (value === null) return null;
  if (within.includes(value)) throw new TypeError(`${place} contains itself`);
  const around = [...within, value];
  if (Array.isArray(value)) return value.map((each, position) => plainCopy(each, `${place}[${position}]`, around));
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') throw new TypeError(`${place} is a ${tag.slice(8, -1)}, which no message can carry`);
  const copy: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value))
    if (each !== undefined) copy[name] = plainCopy(each, `${place}.${name}`, around);
  return copy;
}

/**
 * Reads what callgrind has counted, instruction by instruction, and adds it up by function: callgrind itself knows no
 * function that the engine has compiled.
 */

/** What was done at some place; each a count. */
export interface Cost {
  instructions: number;
  /** Fetches of code that the first cache did not have. */
  codeMisses: number;
  /** What no cache had: code, data that was read, data that was written (mostly new objects). */
  farCode: number;
  farReads: number;
  farWrites: number;
}

/** By function. */
export type Costs = ReadonlyMap<string, Cost>;

/**
 * What callgrind calls them; its line `events:` says in which columns they are (Valgrind
 * manual, "Callgrind Format Specification").
 */
const columnsOf: Readonly<Record<keyof Cost, string>> = {
  instructions: 'Ir',
  codeMisses: 'I1mr',
  farCode: 'ILmr',
  farReads: 'DLmr',
  farWrites: 'DLmw',
};
const measures = Object.keys(columnsOf) as (keyof Cost)[];

/** Whose code lies at an address; undefined when none is known to. */
export type NameOf = (address: number) => string | undefined;

/**
 * `profile`: the text of a file that was written with `--dump-instr=yes`. What is called is counted where it runs. `nameOf` is
 * asked first; what it does not know has the name that callgrind gives it.
 */
export function costsOf(profile: string, nameOf: NameOf): Costs {
  const byFunction = new Map<string, Cost>();
  const names = new Map<string, string>();
  let columns: readonly number[] = [];
  let positions = 1;
  let current = '';
  let address = 0;
  let isCall = false;
  for (const line of profile.split('\n')) {
    if (/^[\d+*-]/.test(line)) {
      const fields = line.split(' ');
      address = moved(address, fields[0]!);
      if (isCall) {
        isCall = false;
        continue;
      }
      const name = nameOf(address) ?? current;
      const cost = byFunction.get(name) ?? noCost();
      byFunction.set(name, cost);
      measures.forEach((measure, at) => {
        cost[measure] += Number(fields[positions + columns[at]!] ?? 0);
      });
    } else if (line.startsWith('calls=')) {
      isCall = true;
    } else if (line.startsWith('fn=') || line.startsWith('cfn=')) {
      const [, id = '', name] = /\((\d+)\)(?: (.*))?$/.exec(line) ?? [];
      if (name !== undefined) names.set(id, name);
      if (line.startsWith('fn=')) current = names.get(id) ?? '?';
    } else if (line.startsWith('positions:')) {
      positions = line.split(' ').length - 1;
    } else if (line.startsWith('events:')) {
      const events = line.split(' ').slice(1);
      columns = measures.map((measure) => events.indexOf(columnsOf[measure]));
    }
  }
  return byFunction;
}

/** Callgrind writes an address whole, or as what it lies behind or before the one on the line above. */
function moved(from: number, to: string): number {
  if (to === '*') return from;
  if (to.startsWith('+')) return from + Number(to.slice(1));
  if (to.startsWith('-')) return from - Number(to.slice(1));
  return Number(to);
}

export function noCost(): Cost {
  return { instructions: 0, codeMisses: 0, farCode: 0, farReads: 0, farWrites: 0 };
}

/**
 * From the file that V8 writes with `--perf-basic-prof`: address and length in hexadecimal, and a name. A later line may
 * have taken the place of an earlier one.
 */
export function namesFrom(map: string): NameOf {
  const byStart = new Map<number, { readonly end: number; readonly name: string }>();
  for (const line of map.split('\n')) {
    const [, start = '', length = '', name = ''] = /^([\da-f]+) ([\da-f]+) (.*)$/.exec(line) ?? [];
    if (start !== '') byStart.set(parseInt(start, 16), { end: parseInt(start, 16) + parseInt(length, 16), name: plain(name) });
  }
  const starts = Float64Array.from(byStart.keys()).sort();
  return (address) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    const found = byStart.get(starts[low - 1] ?? -1);
    return found !== undefined && address < found.end ? found.name : undefined;
  };
}

/**
 * `JS:*apply file:///…/model/store/machine/mvcc.ts:30:3` as `apply model/store/machine/mvcc.ts:30`,
 * whichever of its compilers made it.
 */
function plain(name: string): string {
  return name
    .replace(/^JS:[~^+*']*/, '')
    .replace(/file:\/\/\S*?\/((?:sim|model|replay|scenarios|bin|node_modules)\/)/, '$1')
    .replace(/:(\d+):\d+$/, ':$1')
    .trim();
}

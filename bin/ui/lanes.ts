/** Lanes: the column of each process in the timeline, grouped by what the processes are called. */

export interface Lane {
  /** Position of the process in the run. */
  readonly process: number;
  /** The name up to its first separator or digit, such as `api` of `api-east-1`. */
  readonly group: string;
  /** What tells it from the others of its group, in a letter or two, such as `e1`; written downwards above the lane. */
  readonly label: string;
}

/** A lane with its place on the screen. */
export interface PlacedLane extends Lane {
  readonly x: number;
}

export interface LanePlan {
  readonly lanes: readonly PlacedLane[];
  readonly width: number;
  /** Lanes that found no place, to the left and to the right. */
  readonly hiddenLeft: number;
  readonly hiddenRight: number;
  /** The processes whose lanes are out of sight to the left. */
  readonly left: ReadonlySet<number>;
}

/** The lanes in the order of the groups' first appearance. */
export function lanesOf(processes: readonly { readonly name: string }[]): readonly Lane[] {
  const groups = new Map<string, number[]>();
  processes.forEach(({ name }, process) => {
    const group = groupOf(name);
    groups.set(group, [...(groups.get(group) ?? []), process]);
  });
  return [...groups].flatMap(([group, members]) => {
    const short = members.map((process) => labelOf((processes[process] as { name: string }).name, group));
    const unique = new Set(short).size === short.length;
    return members.map((process, at) => ({ process, group, label: unique ? (short[at] as string) : String(at + 1) }));
  });
}

/** Gives lanes their columns within `width` cells: as wide as fits, and those around lane `focus` when not all do. */
export function placeLanes(lanes: readonly Lane[], width: number, focus: number): LanePlan {
  const roomy = [5, 4, 3, 2].map((pitch) => [pitch, 'named'] as const);
  for (const [pitch, groups] of [...roomy, [2, 'apart'] as const, [2, 'close'] as const]) {
    const placed = place(lanes, pitch, groups);
    if (placed.width <= width) return { ...placed, hiddenLeft: 0, hiddenRight: 0, left: new Set() };
  }
  const count = Math.max(1, Math.floor(width / 2));
  const first = Math.max(0, Math.min(focus - (count >> 1), lanes.length - count));
  const shown = place(lanes.slice(first, first + count), 2, 'close');
  const left = new Set(lanes.slice(0, first).map(({ process }) => process));
  return { ...shown, hiddenLeft: first, hiddenRight: lanes.length - first - shown.lanes.length, left };
}

/** Lanes `pitch` cells apart; groups wide enough for their names, a cell apart, or not apart at all. */
function place(
  lanes: readonly Lane[],
  pitch: number,
  groups: 'named' | 'apart' | 'close',
): { lanes: readonly PlacedLane[]; width: number } {
  const placed: PlacedLane[] = [];
  let x = 0;
  let groupStart = 0;
  let group: string | null = null;
  const closeGroup = (): void => {
    if (group !== null && groups === 'named') x = Math.max(x, groupStart + group.length + 1);
  };
  for (const lane of lanes) {
    if (lane.group !== group) {
      closeGroup();
      if (group !== null && groups === 'apart') x++;
      groupStart = x;
      ({ group } = lane);
    }
    placed.push({ ...lane, x });
    x += pitch;
  }
  closeGroup();
  return { lanes: placed, width: x };
}

function groupOf(name: string): string {
  return /^[^-_/.\d]+/.exec(name)?.[0] ?? name;
}

function labelOf(name: string, group: string): string {
  const words = name.slice(group.length).split(/[-_/.]+/);
  return words.map((word) => (/^\d+$/.test(word) ? word : word.slice(0, 1) + (/\d+$/.exec(word)?.[0] ?? ''))).join('');
}

/** Both sides of the placement port without a control plane: records are kept in a table, as an API would keep them. */
import { wait, type CallOutcome, type Co } from '../../../sim/index.ts';
import type { OutsideContent, OutsideKind } from '../../api/resources/index.ts';
import { stateClasses } from '../../api/state-classes.ts';
import { defaultDesign } from '../../design.ts';
import { Placement, type PlacesOutside, type Records } from '../placement.ts';

export class RecordTable implements Records {
  /** By `kind/name`. */
  readonly records = new Map<string, OutsideContent>();

  record(kind: OutsideKind, name: string, content: OutsideContent): Co<CallOutcome<null>> {
    this.records.set(`${kind}/${name}`, content);
    return atOnce({ status: 'ok', value: null });
  }

  readRecord(kind: OutsideKind, name: string): Co<CallOutcome<OutsideContent>> {
    const content = this.records.get(`${kind}/${name}`);
    return atOnce(
      content === undefined
        ? { status: 'refused', code: 'not-found', message: `there is no ${kind} ${name}` }
        : { status: 'ok', value: content },
    );
  }
}

function atOnce<T>(value: T): Co<T> {
  return wait<T>({
    begin: (resume) => {
      resume(value);
      return () => undefined;
    },
  });
}

/** Everything inside, in that table, or everything outside, in those places. */
export function placedWith(places: PlacesOutside): {
  readonly inside: Placement;
  readonly outside: Placement;
  readonly table: RecordTable;
} {
  const table = new RecordTable();
  const everything = Object.fromEntries(stateClasses.map(({ id }) => [id, 'consensus' as const]));
  return {
    table,
    inside: new Placement({ ...defaultDesign, placements: everything }, table, places),
    outside: new Placement(defaultDesign, table, places),
  };
}

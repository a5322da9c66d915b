/** What a generator knows of the store that its script is for: enough to ask about what is there as well as about what is not. */
import { digits, isObject, type Json, type JsonObject } from '../../../bin/store/json.ts';
import type { ScriptLine } from '../../../bin/store/script.ts';
import type { Outcome } from '../subject.ts';

export class Knowledge {
  revision = 1;
  /** 0 before any compaction. */
  compactRevision = 0;
  readonly leases = new Set<string>();
  readonly watches = new Set<string>();

  /** Takes in what came of a line. */
  learn({ method, body }: ScriptLine, { answer, stream }: Outcome): void {
    const header = isObject(answer) ? answer['header'] : undefined;
    if (isObject(header) && typeof header['revision'] === 'string') this.revision = Number(header['revision']);
    for (const response of stream) this.hear(response);
    if (!isObject(answer) || 'error' in answer) return;
    if (method === 'kv/compaction') this.compactRevision = Number(body['revision']);
    // An id that the server chose is another one at the next server.
    else if (method === 'lease/grant' && digits(body['ID']) !== '0') this.leases.add(digits(answer['ID']));
    else if (method === 'lease/revoke') this.leases.delete(digits(body['ID']));
  }

  private hear(response: Json): void {
    const result = isObject(response) ? (response['result'] as JsonObject) : {};
    const id = typeof result['watch_id'] === 'string' ? result['watch_id'] : '0';
    if (result['canceled'] === true) this.watches.delete(id);
    else if (result['created'] === true) this.watches.add(id);
    const revision = isObject(result['header']) ? Number(result['header']['revision'] ?? 0) : 0;
    if (revision > this.revision) this.revision = revision;
  }
}

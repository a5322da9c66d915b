/** A client of etcd's JSON gateway: calls over one kept-alive connection, and the watch stream over a WebSocket. */
import { Agent, request } from 'node:http';
import type { Json } from '../../bin/store/json.ts';

export class EtcdGateway {
  private readonly port: number;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port: number) {
    this.port = port;
  }

  /** One call, such as `kv/range`. Throws when what comes back is not JSON. */
  call(method: string, body: Json): Promise<Json> {
    return new Promise((resolve, reject) => {
      const call = request(
        { host: '127.0.0.1', port: this.port, path: `/v3/${method}`, method: 'POST', agent: this.agent },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => void parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8');
            try {
              resolve(JSON.parse(text) as Json);
            } catch (error) {
              reject(new Error(`${method}: etcd answers with what is not JSON: ${text.slice(0, 200)}`, { cause: error }));
            }
          });
        },
      );
      call.on('error', reject);
      call.end(JSON.stringify(body));
    });
  }

  watch(): Promise<GatewayStream> {
    return GatewayStream.open(this.port);
  }

  close(): void {
    this.agent.destroy();
  }
}

/** A stream of etcd's watch RPC: requests go in one by one, responses come as they come. */
export class GatewayStream {
  private readonly socket: WebSocket;
  private readonly waiting = new Set<() => void>();
  private closed: string | null = null;
  private received: Json[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      const text = String(data);
      // Never two in one frame, but perhaps an empty line.
      if (text.trim() !== '') this.received.push(JSON.parse(text) as Json);
      this.wake();
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = `${code} ${reason}`.trim();
      this.wake();
    });
  }

  static open(port: number): Promise<GatewayStream> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/v3/watch`);
      const stream = new GatewayStream(socket);
      socket.addEventListener('open', () => resolve(stream));
      socket.addEventListener('error', () => reject(new Error('etcd opens no watch stream')));
    });
  }

  send(body: Json): void {
    this.socket.send(JSON.stringify(body));
  }

  /** What has come since it was last asked. */
  take(): Json[] {
    const { received } = this;
    this.received = [];
    return received;
  }

  /** Waits until `enough` says so, at most so long; false when it has not. */
  until(enough: (received: readonly Json[]) => boolean, timeoutMs: number): Promise<boolean> {
    if (enough(this.received)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (result: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve(result);
      };
      const look = (): void => {
        if (enough(this.received)) done(true);
        else if (this.closed !== null) done(false);
      };
      const timer = setTimeout(() => done(false), timeoutMs);
      this.waiting.add(look);
      look();
    });
  }

  close(): void {
    this.socket.close();
  }

  private wake(): void {
    for (const look of [...this.waiting]) look();
  }
}

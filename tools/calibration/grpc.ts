/** As much of gRPC and protobuf as it takes to ask etcd without a gateway between, whose cost would be counted with etcd's. */
import { connect, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';

/** The fields of a message, by number: bytes, an integer, or a message in turn. */
export type Fields = readonly (readonly [field: number, value: string | number | Fields])[];

export class GrpcClient {
  private readonly session: ClientHttp2Session;

  constructor(port: number) {
    this.session = connect(`http://127.0.0.1:${port}`);
  }

  /** One call, such as `/etcdserverpb.KV/Range`. Throws when it is refused. */
  call(method: string, message: Fields): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const stream = this.open(method);
      const parts: Buffer[] = [];
      let status = '0';
      // A call that is refused at once has it in its headers.
      const look = (headers: IncomingHttpHeaders): void => void (status = String(headers['grpc-status'] ?? status));
      stream.on('response', look);
      stream.on('trailers', look);
      stream.on('data', (part: Buffer) => void parts.push(part));
      stream.on('error', reject);
      stream.on('end', () => {
        if (status === '0') resolve(Buffer.concat(parts).subarray(5));
        else reject(new Error(`${method} is refused with status ${status}`));
      });
      stream.end(framed(message));
    });
  }

  /** A stream that stays open: what comes is counted, not read. */
  stream(method: string, message: Fields, received: (bytes: number) => void): ClientHttp2Stream {
    const stream = this.open(method);
    stream.on('data', (part: Buffer) => received(part.length));
    stream.write(framed(message));
    return stream;
  }

  close(): void {
    this.session.destroy();
  }

  private open(method: string): ClientHttp2Stream {
    return this.session.request({ ':method': 'POST', ':path': method, 'content-type': 'application/grpc', te: 'trailers' });
  }
}

function framed(message: Fields): Buffer {
  const body = encode(message);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function encode(message: Fields): Buffer {
  return Buffer.concat(
    message.flatMap(([field, value]) => {
      if (typeof value === 'number') return [varint(field << 3), varint(value)];
      const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : encode(value);
      return [varint((field << 3) | 2), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** An API server: typed resources over the store, with optimistic concurrency, fencing and boundary admission. */
import { RpcServer, type Boot, type Connection, type ConnectionHandler, type Os, type Program } from '../../sim/index.ts';
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';

export interface ApiServerOptions {
  /** Members of the store; those of the own region are preferred. */
  readonly storeEndpoints: readonly string[];
  readonly design: Design;
  readonly defects: DefectSet;
}

export function apiServer(options: ApiServerOptions): Boot {
  return (os) => new ApiServer(os, options);
}

class ApiServer implements Program {
  private readonly os: Os;
  private readonly options: ApiServerOptions;
  private readonly server = new RpcServer();

  constructor(os: Os, options: ApiServerOptions) {
    this.os = os;
    this.options = options;
  }

  start(): void {}

  accept(connection: Connection): ConnectionHandler {
    return this.server.accept(connection);
  }

  inspect(): unknown {
    return { name: this.os.name, storeEndpoints: this.options.storeEndpoints };
  }
}

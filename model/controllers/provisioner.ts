/** The provisioner: gives every generation of every Deployment one load balancer at the external cloud. */
import type { Boot } from '../../sim/index.ts';
import type { ControllerOptions } from './options.ts';

export interface ProvisionerOptions extends ControllerOptions {
  /** Name of the cloud's process. */
  readonly cloud: string;
}

export function provisioner(options: ProvisionerOptions): Boot {
  return () => ({ start: () => undefined, inspect: () => options.cloud });
}

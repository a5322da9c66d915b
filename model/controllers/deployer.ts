/** The deployment controller: makes Workloads carry out what Deployments ask for. */
import type { Boot } from '../../sim/index.ts';
import type { ControllerOptions } from './options.ts';

export function deployer(options: ControllerOptions): Boot {
  return () => ({ start: () => undefined, inspect: () => options.apiEndpoints });
}

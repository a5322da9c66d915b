/** What every controller is given when it boots. */
import type { DefectSet } from '../defect.ts';
import type { Design } from '../design.ts';

export interface ControllerOptions {
  readonly design: Design;
  readonly defects: DefectSet;
  /** API servers; those of the own region are preferred. */
  readonly apiEndpoints: readonly string[];
}

/** Names of the roles, which are the names of their Leases. */
export const DEPLOYER_ROLE = 'deployer';
export const PROVISIONER_ROLE = 'provisioner';
export const ENDPOINTS_ROLE = 'endpoints';
export const FAILOVER_ROLE = 'failover';

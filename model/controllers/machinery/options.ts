/** What every controller is given when it boots. */
import type { DefectSet } from '../../defect.ts';
import type { Design } from '../../design.ts';

export interface ControllerOptions {
  readonly design: Design;
  readonly defects: DefectSet;
  /** API servers; those of the own region are preferred. */
  readonly apiEndpoints: readonly string[];
}

/** Names of the roles, which are the names of their Leases. */
export const DEPLOYER_ROLE = 'deployer';
export const SCHEDULER_ROLE = 'scheduler';
export const LIFECYCLE_ROLE = 'lifecycle';
export const PROVISIONER_ROLE = 'provisioner';
export const ENDPOINTS_ROLE = 'endpoints';
export const FAILOVER_ROLE = 'failover';
export const PLANNER_ROLE = 'planner';
export const GARBAGE_COLLECTOR_ROLE = 'collector';

/** All of them, for whoever judges or strikes controllers of any role. */
export const CONTROLLER_ROLES = [
  DEPLOYER_ROLE,
  SCHEDULER_ROLE,
  LIFECYCLE_ROLE,
  PROVISIONER_ROLE,
  ENDPOINTS_ROLE,
  FAILOVER_ROLE,
  PLANNER_ROLE,
  GARBAGE_COLLECTOR_ROLE,
] as const;
export type ControllerRole = (typeof CONTROLLER_ROLES)[number];

/** The role that a process serves, by its name `role-region`; null for what is no controller of the platform. */
export function controllerRole(process: string): ControllerRole | null {
  const [word] = process.split('-');
  return CONTROLLER_ROLES.find((role) => role === word) ?? null;
}

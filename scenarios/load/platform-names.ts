/** The names that a fault plan or a workload for the platform may use. */
import { noDefects } from '../../model/defect.ts';
import type { Design } from '../../model/design.ts';
import { buildPlatform, OPERATORS, platformTopology } from '../../model/platform.ts';
import { unknownName } from '../nearest.ts';

export interface PlatformNames {
  readonly processes: readonly string[];
  readonly roles: readonly string[];
  readonly regions: readonly string[];
  readonly operators: readonly string[];
}

export function platformNames(design: Design): PlatformNames {
  const processes: string[] = [];
  const roles: string[] = [];
  buildPlatform(
    {
      seed: 0,
      process: ({ name }) => void processes.push(name),
      role: (name) => void roles.push(name),
      inspect: () => null,
    },
    { design, defects: noDefects, workload: [] },
  );
  return { processes, roles, regions: platformTopology().regions, operators: OPERATORS };
}

/** Why nothing answers to this target (see sim's `Target`), or null when something does. */
export function unknownTarget(target: string, { processes, roles, regions }: PlatformNames): string | null {
  const [scope, name = ''] = target.split(/:(.*)/s);
  if (scope === 'role') return roles.includes(name) ? null : `${unknownName('role', name, roles)} (${roles.join(', ')})`;
  if (scope === 'region')
    return regions.includes(name) ? null : `${unknownName('region', name, regions)} (${regions.join(', ')})`;
  if (target.endsWith('*')) {
    const prefix = target.slice(0, -1);
    return processes.some((process) => process.startsWith(prefix)) ? null : `no process has a name that starts with "${prefix}"`;
  }
  return processes.includes(target) ? null : unknownName('process', target, processes);
}

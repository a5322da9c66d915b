/** Which processes of a run are what: by the names that `buildPlatform` gives them. */
import type { Scene } from '../../../sim/index.ts';
import type { NodeAgentView } from '../../regions/node-agent.ts';
import type { OperatorView } from '../../regions/operator.ts';
import type { StoreMemberView } from '../../store/member/member.ts';
import type { CloudInspection } from '../../outside/account.ts';

export function storeMembers(scene: Scene): readonly string[] {
  return namesOf(scene, 'store-');
}

export function nodes(scene: Scene): readonly string[] {
  return namesOf(scene, 'node-');
}

export function operators(scene: Scene): readonly string[] {
  return namesOf(scene, 'operator-');
}

/** Null while it is down. */
export function storeView(scene: Scene, member: string): StoreMemberView | null {
  return scene.inspect(member) as StoreMemberView | null;
}

export function nodeView(scene: Scene, node: string): NodeAgentView | null {
  return scene.inspect(node) as NodeAgentView | null;
}

export function operatorView(scene: Scene, operator: string): OperatorView | null {
  return scene.inspect(operator) as OperatorView | null;
}

export function cloudView(scene: Scene): CloudInspection | null {
  return scene.inspect('cloud') as CloudInspection | null;
}

function namesOf(scene: Scene, prefix: string): readonly string[] {
  return scene.processes().flatMap(({ name }) => (name.startsWith(prefix) ? [name] : []));
}

/** Many runs live side by side in one thread: a module may hold tables, and nothing that a run could change. */
import type { Node, Rule } from './rule.ts';

interface Program extends Node {
  readonly body: readonly Node[];
}

interface Export extends Node {
  readonly declaration: Node | null;
}

interface Declaration extends Node {
  readonly kind: string;
  readonly declare?: boolean;
  readonly declarations: readonly { readonly init: Node | null }[];
}

interface Construction extends Node {
  readonly callee: { readonly name?: string };
  readonly arguments: readonly Node[];
}

const CONTAINERS = new Set(['Map', 'Set', 'WeakMap', 'WeakSet']);

export const noModuleState: Rule = {
  create(context) {
    return {
      Program(program: Program) {
        for (const statement of program.body) {
          const node = isExport(statement) ? statement.declaration : statement;
          if (node === null || !isDeclaration(node) || node.declare === true) continue;
          if (node.kind === 'let' || node.kind === 'var') {
            context.report({ node, message: 'A variable of a module outlives the run: keep it in the run.' });
          } else if (node.declarations.some(({ init }) => isEmptyContainer(init))) {
            context.report({ node, message: 'A container that a module fills later outlives the run: keep it in the run.' });
          }
        }
      },
    };
  },
};

function isExport(node: Node): node is Export {
  return node.type === 'ExportNamedDeclaration';
}

function isDeclaration(node: Node): node is Declaration {
  return node.type === 'VariableDeclaration';
}

function isEmptyContainer(node: Node | null): boolean {
  if (node?.type !== 'NewExpression') return false;
  const { callee, arguments: args } = node as Construction;
  return callee.name !== undefined && CONTAINERS.has(callee.name) && args.length === 0;
}

/** The part of the linter's plugin interface that Quorate's rules use: ESLint's, on an ESTree. */
export interface Node {
  readonly type: string;
}

export interface Literal extends Node {
  readonly type: 'Literal';
  readonly value: unknown;
  /** Digits, where the literal is a bigint. */
  readonly bigint?: string;
}

export interface Context {
  /** Path of the file that is being checked. */
  readonly filename: string;
  /** Folder the linter was started in. */
  readonly cwd: string;
  report(problem: { node: Node; message: string }): void;
}

export interface Rule {
  /** Gives what to call for each type of node, as the linter walks one file. */
  create(context: Context): Record<string, (node: never) => void>;
}

export function isLiteral(node: Node | null | undefined): node is Literal {
  return node?.type === 'Literal';
}

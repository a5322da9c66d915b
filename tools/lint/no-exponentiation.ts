/** `**` on numbers is Math.pow: engines may differ in the last bits. Powers of bigints are exact. */
import { isLiteral, type Node, type Rule } from './rule.ts';

interface Operation extends Node {
  readonly operator: string;
  readonly right: Node;
}

export const noExponentiation: Rule = {
  create(context) {
    const check = (node: Operation): void => {
      const isPower = node.operator === '**' || node.operator === '**=';
      if (!isPower || (isLiteral(node.right) && node.right.bigint !== undefined)) return;
      context.report({ node, message: '`**` is Math.pow: engines differ in the last bits.' });
    };
    return { BinaryExpression: check, AssignmentExpression: check };
  },
};

/** The lint rules that are Quorate's own; `.oxlintrc.json` says where each of them holds. */
import { importArrows } from './import-arrows.ts';
import { noExponentiation } from './no-exponentiation.ts';
import { noModuleState } from './no-module-state.ts';

export default {
  meta: { name: 'quorate' },
  rules: {
    'import-arrows': importArrows,
    'no-exponentiation': noExponentiation,
    'no-module-state': noModuleState,
  },
};

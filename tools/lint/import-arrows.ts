/**
 * Which folder may import what: `bin → scenarios → { model, replay } → sim`, never the other way, and each only the packages it
 * was given. The folders left of `bin` know no host, so Node's own modules are out of their reach too.
 */
import { posix, relative, sep } from 'node:path';
import { isLiteral, type Context, type Node, type Rule } from './rule.ts';

interface Reach {
  readonly folders: readonly string[];
  /** Names of packages; `undefined` where any package goes, Node's modules included. */
  readonly packages: readonly string[] | undefined;
}

const REACH: Readonly<Record<string, Reach>> = {
  sim: { folders: [], packages: ['heap-js', 'seedrandom/lib/alea.js'] },
  model: { folders: ['sim'], packages: [] },
  replay: { folders: ['sim'], packages: ['zod'] },
  scenarios: { folders: ['model', 'replay', 'sim'], packages: ['zod', 'yaml'] },
  bin: { folders: ['scenarios', 'model', 'replay', 'sim'], packages: undefined },
};

/**
 * What meets a host left of `bin`: the helper that runs inside a user's vitest, and the one that runs a user's async programs.
 */
const HOSTED = /^scenarios\/(?:vitest|async)(\.ts$|\/)/;
const TEST = /\.test\.tsx?$/;

interface Import extends Node {
  readonly source: Node | null;
}

interface Call extends Node {
  readonly callee: Node & { readonly name?: string };
  readonly arguments: readonly Node[];
}

export const importArrows: Rule = {
  create(context) {
    const file = relative(context.cwd, context.filename).split(sep).join('/');
    const folder = topFolder(file);
    const reach = REACH[folder];
    if (reach === undefined) return {};

    const isHosted = reach.packages === undefined || HOSTED.test(file) || TEST.test(file);
    const check = (node: Import): void => {
      if (node.source === null) return;
      if (!isLiteral(node.source) || typeof node.source.value !== 'string') {
        if (!isHosted) context.report({ node, message: `${folder}/ cannot load a module chosen at run time.` });
        return;
      }
      checkSpecifier(context, { node, file, folder, reach, isHosted, specifier: node.source.value });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
      CallExpression(node: Call) {
        if (node.callee.name === 'require' && !isHosted) {
          context.report({ node, message: 'Modules are imported, not required.' });
        }
      },
    };
  },
};

interface Question {
  readonly node: Node;
  readonly file: string;
  readonly folder: string;
  readonly reach: Reach;
  readonly isHosted: boolean;
  readonly specifier: string;
}

function checkSpecifier(context: Context, { node, file, folder, reach, isHosted, specifier }: Question): void {
  if (specifier.startsWith('.')) {
    const target = topFolder(posix.join(posix.dirname(file), specifier));
    if (target !== folder && !reach.folders.includes(target)) {
      const allowed = reach.folders.length === 0 ? 'no other folder' : `only ${reach.folders.join(', ')}`;
      context.report({ node, message: `${folder}/ imports ${allowed}, not ${target}/.` });
    }
  } else if (!isHosted && reach.packages?.includes(specifier) !== true) {
    context.report({ node, message: `${folder}/ may not import ${specifier}.` });
  }
}

function topFolder(path: string): string {
  return path.split('/', 1)[0] ?? '';
}

/** Makes an ES module the body of a function with the parameters `$import` and `$export`; every place in it stays where it is. */
import { parse, type ModuleDeclaration, type Node, type Pattern, type Program, type Statement } from 'acorn';

/** What an import finds. */
export interface ImportedFile {
  readonly name: string;
  readonly exports: ReadonlySet<string>;
}

export interface ModuleContext {
  error(message: string, line: number, column: number): Error;
  /** The file that a specifier means. Throws what `error` gives when there is none. */
  find(specifier: string, error: (message: string) => Error): ImportedFile;
}

export interface WrittenModule {
  readonly code: string;
  /** How many columns of its first line are not the author's. */
  readonly prefixLength: number;
  /** The name of the file that each specifier means. */
  readonly imports: ReadonlyMap<string, string>;
  readonly exports: ReadonlySet<string>;
  /** Why its default export can be no main function, as far as its text says; what runs may find more. */
  readonly notMain: Error | null;
}

/** `text` is JavaScript. Throws what `context.error` gives for what cannot be done in such a function. */
export function writeModule(text: string, context: ModuleContext): WrittenModule {
  return new ModuleWriter(text, context).write();
}

/** Takes the place of `export default` before what has no name; as long as that. */
const DEFAULT = 'var $default =';

/** Expressions whose value can never be called. */
const NO_FUNCTIONS: ReadonlySet<string> = new Set([
  'ArrayExpression',
  'BinaryExpression',
  'ClassDeclaration',
  'ClassExpression',
  'Literal',
  'ObjectExpression',
  'TemplateLiteral',
  'UnaryExpression',
]);

class ModuleWriter {
  private readonly text: string;
  private readonly context: ModuleContext;
  private readonly imports = new Map<string, string>();
  /** Exported names, with the expression that reads each. */
  private readonly exports = new Map<string, string>();
  private readonly bindings: string[] = [];
  private readonly edits: { readonly start: number; readonly end: number; readonly with: string }[] = [];

  constructor(text: string, context: ModuleContext) {
    this.text = text;
    this.context = context;
  }

  write(): WrittenModule {
    const program = this.parse();
    this.refuseHostSyntax(program);
    for (const statement of program.body) this.statement(statement);
    const getters = [...this.exports].map(([name, expression]) => `${JSON.stringify(name)}:()=>${expression}`);
    const prefix = `'use strict';$export({${getters.join(',')}});${this.bindings.join('')}`;
    return {
      code: prefix + this.edited(),
      prefixLength: prefix.length,
      imports: this.imports,
      exports: new Set(this.exports.keys()),
      notMain: this.notMain(program),
    };
  }

  private notMain({ body }: Program): Error | null {
    const exported = body.find((node) => node.type === 'ExportDefaultDeclaration')?.declaration;
    const name = exported?.type === 'Identifier' ? exported.name : this.exports.get('default');
    const constants = body.flatMap((node) => {
      const declared = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
      return declared?.type === 'VariableDeclaration' && declared.kind === 'const' ? declared.declarations : [];
    });
    const constant = constants.find(({ id }) => id.type === 'Identifier' && id.name === name)?.init;
    const value = exported === undefined || exported.type === 'Identifier' ? constant : exported;
    if (value === undefined || value === null || !NO_FUNCTIONS.has(value.type)) return null;
    return this.error(
      value.start,
      'its default export is no function: write `export default async function main({ client }) { … }`',
    );
  }

  private parse(): Program {
    try {
      return parse(this.text, { ecmaVersion: 'latest', sourceType: 'module' });
    } catch (error) {
      const { message, pos } = error as SyntaxError & { readonly pos?: number };
      throw this.error(pos ?? 0, message.replace(/ \(\d+:\d+\)$/, ''));
    }
  }

  private statement(node: Statement | ModuleDeclaration): void {
    switch (node.type) {
      case 'ImportDeclaration': {
        const { key, exports, specifier } = this.source(node.source);
        const named: string[] = [];
        for (const each of node.specifiers) {
          const local = each.local.name;
          if (each.type === 'ImportNamespaceSpecifier') {
            this.bindings.push(`const ${local}=$import(${key});`);
            continue;
          }
          const imported = each.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(each.imported);
          this.expect(exports, imported, each, specifier);
          named.push(`${JSON.stringify(imported)}:${local}`);
        }
        if (named.length > 0) this.bindings.push(`const {${named.join(',')}}=$import(${key});`);
        this.blank(node.start, node.end);
        return;
      }
      case 'ExportNamedDeclaration':
        if (node.declaration !== null && node.declaration !== undefined) {
          this.declared(node.declaration);
          this.blank(node.start, node.declaration.start);
          return;
        }
        for (const { local, exported } of node.specifiers) {
          const name = nameOf(local);
          let read = name;
          if (node.source !== null && node.source !== undefined) {
            const { key, exports, specifier } = this.source(node.source);
            this.expect(exports, name, local, specifier);
            read = `$import(${key})[${JSON.stringify(name)}]`;
          }
          this.exports.set(nameOf(exported), read);
        }
        this.blank(node.start, node.end);
        return;
      case 'ExportAllDeclaration': {
        const { key, exports } = this.source(node.source);
        if (node.exported !== null && node.exported !== undefined) this.exports.set(nameOf(node.exported), `$import(${key})`);
        else
          for (const name of exports) if (name !== 'default') this.exports.set(name, `$import(${key})[${JSON.stringify(name)}]`);
        this.blank(node.start, node.end);
        return;
      }
      case 'ExportDefaultDeclaration': {
        const { declaration } = node;
        if ((declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') && declaration.id !== null) {
          this.exports.set('default', declaration.id.name);
          this.blank(node.start, declaration.start);
          return;
        }
        this.exports.set('default', '$default');
        this.edits.push({ start: node.start, end: node.start + DEFAULT.length, with: DEFAULT });
        // What begins the next line must not be taken for its arguments.
        this.edits.push({ start: node.end, end: node.end, with: ';' });
        break;
      }
      default:
    }
  }

  private declared(declaration: Node): void {
    if (declaration.type !== 'VariableDeclaration') {
      const { name } = (declaration as Node & { readonly id: { readonly name: string } }).id;
      this.exports.set(name, name);
      return;
    }
    const { kind, declarations } = declaration as Node & {
      readonly kind: string;
      readonly declarations: readonly { readonly id: Pattern }[];
    };
    if (kind !== 'const')
      throw this.error(
        declaration.start,
        `exports a variable (${kind}), and who imports it would not see it change: export a function that returns it`,
      );
    for (const { id } of declarations) for (const name of boundNames(id)) this.exports.set(name, name);
  }

  private source(literal: Node & { readonly value?: unknown }): {
    readonly key: string;
    readonly specifier: string;
    readonly exports: ReadonlySet<string>;
  } {
    const specifier = String(literal.value);
    const { name, exports } = this.context.find(specifier, (message) => this.error(literal.start, message));
    this.imports.set(specifier, name);
    return { key: JSON.stringify(specifier), specifier, exports };
  }

  private expect(exports: ReadonlySet<string>, name: string, node: Node, specifier: string): void {
    if (!exports.has(name))
      throw this.error(node.start, `"${specifier}" exports no ${name === 'default' ? 'default' : `"${name}"`}`);
  }

  /** What only a module loader of the host's could do. */
  private refuseHostSyntax(node: unknown, withinFunction = false): void {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const each of node) this.refuseHostSyntax(each, withinFunction);
      return;
    }
    // Some parts, such as what a regular expression is made of, are no nodes.
    const { type = '', start = 0 } = node as Partial<Node>;
    const waits =
      type === 'AwaitExpression' || (type === 'ForOfStatement' && (node as { readonly await?: boolean }).await === true);
    if (waits && !withinFunction) throw this.error(start, 'await at the top of a file: a controller waits in its main function');
    if (type === 'ImportExpression')
      throw this.error(start, 'import(…) loads at run time: write an import at the top of the file');
    if (type === 'MetaProperty' && this.text.startsWith('import', start))
      throw this.error(start, 'import.meta says where a file lies, and a simulated process has no such file');
    const within = withinFunction || type.includes('Function');
    for (const value of Object.values(node)) this.refuseHostSyntax(value, within);
  }

  private blank(start: number, end: number): void {
    this.edits.push({ start, end, with: this.text.slice(start, end).replace(/[^\n\r]/g, ' ') });
  }

  private edited(): string {
    let result = '';
    let at = 0;
    for (const edit of this.edits.sort((a, b) => a.start - b.start)) {
      result += this.text.slice(at, edit.start) + edit.with;
      at = edit.end;
    }
    return result + this.text.slice(at);
  }

  private error(position: number, message: string): Error {
    const before = this.text.slice(0, position).split('\n');
    return this.context.error(message, before.length, (before.at(-1) as string).length + 1);
  }
}

function nameOf(node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string {
  return node.type === 'Identifier' ? (node.name as string) : String(node.value);
}

function boundNames(pattern: Pattern): readonly string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern.name];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        boundNames(property.type === 'RestElement' ? property.argument : property.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element === null ? [] : boundNames(element)));
    case 'RestElement':
      return boundNames(pattern.argument);
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    case 'MemberExpression':
      return [];
  }
}

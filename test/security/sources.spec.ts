import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const LIB = join(import.meta.dirname, '../../lib');

/** Imports that are named by a variable, and why they may be. */
const NAMED_BY_VARIABLES: Readonly<Record<string, string>> = {
  'cli/sources/load-module.ts': 'the file that whoever sits at the command line names',
  'pg-boss/embedded/template.ts': 'two packages, of which only the version is read',
  'pg-boss/transactions/ambient-transaction.ts':
    'a constant: where it is not installed, it is not looked for by types',
};

interface Finding {
  readonly file: string;
  readonly code: string;
}

/** Every node of the sources, with the file that it is in. */
const nodes = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.[cm]?ts$/.test(file))
  .flatMap((name) => {
    const text = readFileSync(join(LIB, name), 'utf8');
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    const file = name.replaceAll('\\', '/');
    const found: { readonly file: string; readonly node: ts.Node }[] = [];
    const visit = (node: ts.Node): void => {
      found.push({ file, node });
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });

function find(matches: (node: ts.Node) => boolean): Finding[] {
  return nodes.filter(({ node }) => matches(node)).map(({ file, node }) => ({ file, code: node.getText() }));
}

function isCallOf(node: ts.Node, names: readonly string[]): node is ts.CallExpression | ts.NewExpression {
  return (ts.isCallExpression(node) || ts.isNewExpression(node)) && names.includes(node.expression.getText());
}

function isLiteral(node: ts.Node | undefined): boolean {
  return node !== undefined && (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node));
}

function isTimerOfText(node: ts.Node): boolean {
  return isCallOf(node, ['setTimeout', 'setInterval', 'setImmediate']) && isLiteral(node.arguments?.[0]);
}

function isImport(node: ts.Node): node is ts.CallExpression {
  if (!ts.isCallExpression(node)) return false;
  const { expression } = node;
  const isDynamic = expression.kind === ts.SyntaxKind.ImportKeyword;
  return isDynamic || /^require$|createRequire\(/.test(expression.getText());
}

describe('The sources of the library', () => {
  it('are found', () => {
    expect(find((node) => ts.isImportDeclaration(node)).length).toBeGreaterThan(500);
    expect(find((node) => isCallOf(node, ['Map'])).length).toBeGreaterThan(10);
  });

  it('make no code of text', () => {
    const makers = [
      'eval',
      'Function',
      'globalThis.eval',
      'vm.runInNewContext',
      'runInNewContext',
      'runInThisContext',
    ];
    expect(find((node) => isCallOf(node, [...makers, 'Script', 'vm.Script']))).toEqual([]);
    expect(find(isTimerOfText)).toEqual([]);
    const modules = ['node:vm', 'vm', 'node:child_process', 'child_process', 'node:worker_threads'];
    const isImportOf = (node: ts.Node): boolean =>
      ts.isImportDeclaration(node) && modules.includes((node.moduleSpecifier as ts.StringLiteral).text);
    expect(find(isImportOf)).toEqual([]);
  });

  it('load what they name themselves, and nothing that they are told to', () => {
    const named = find((node) => isImport(node) && !isLiteral(node.arguments[0]));
    expect(named.map(({ file }) => file).toSorted()).toEqual(Object.keys(NAMED_BY_VARIABLES));
    expect(find((node) => isImport(node) && isLiteral(node.arguments[0])).length).toBeGreaterThan(5);
  });

  it('make no regular expression of text', () => {
    expect(find((node) => isCallOf(node, ['RegExp']))).toEqual([]);
  });
});

import { join } from 'node:path';
import ts from 'typescript';

/**
 * Type-checks files with the options of the repository.
 *
 * @returns what the compiler has to say, a line each
 */
export function compile(root: string, files: readonly string[], options: ts.CompilerOptions = {}): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, root);
  const program = ts.createProgram([...files], { ...parsed.options, ...options });
  return ts
    .getPreEmitDiagnostics(program)
    .map((diagnostic) => ts.formatDiagnostic(diagnostic, formatHost(root)).trim());
}

function formatHost(root: string): ts.FormatDiagnosticsHost {
  return { getCanonicalFileName: (file) => file, getCurrentDirectory: () => root, getNewLine: () => '\n' };
}

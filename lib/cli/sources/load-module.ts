import { existsSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DynamicModule, Type } from '@nestjs/common';
import { describeThrown } from '../../errors/describe-thrown.js';

/** What Nest takes to create an application from. */
export type ApplicationModule = Type | DynamicModule;

const CONVENTIONAL_NAME = 'AppModule';

/** What `@Module()` leaves on a class. */
const MODULE_KEYS = ['imports', 'providers', 'controllers', 'exports'];

/**
 * Loads the module of an application.
 *
 * @param reference `dist/app.module.js`, or `dist/app.module.js#ExportName`
 */
export async function loadModule(reference: string, directory: string): Promise<ApplicationModule> {
  const [, path = '', wanted] = /^(.*?)(?:#(\w+))?$/s.exec(reference) ?? [];
  const file = findFile(resolve(directory, path));
  const loaded = (await importFile(file)) as Readonly<Record<string, unknown>>;
  const exported = listExports(loaded);
  if (wanted !== undefined) {
    const found = exported.get(wanted);
    if (isModule(found) || typeof found === 'function') return found as ApplicationModule;
    throw new Error(`'${file}' exports no module '${wanted}'; it exports ${list([...exported.keys()])}`);
  }
  return pick(file, exported);
}

function pick(file: string, exported: ReadonlyMap<string, unknown>): ApplicationModule {
  const modules = [...exported].filter((entry): entry is [string, ApplicationModule] => isModule(entry[1]));
  const conventional = modules.find(([name]) => name === CONVENTIONAL_NAME);
  const byDefault = modules.find(([name]) => name === 'default');
  const [module] = [conventional, byDefault, ...(modules.length === 1 ? modules : [])].filter(
    (entry) => entry !== undefined,
  );
  if (module !== undefined) return module[1];
  throw new Error(
    modules.length === 0
      ? `'${file}' exports no class with @Module(); it exports ${list([...exported.keys()])}`
      : `'${file}' exports several modules: say which, as in --module '${file}#${modules[0]![0]}'; ` +
          `there are ${list(modules.map(([name]) => name))}`,
  );
}

/** What a CommonJS module exports is in its default, and only sometimes beside it. */
function listExports(loaded: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
  const { default: main } = loaded;
  const ofMain = typeof main === 'object' && main !== null && !isModule(main) ? Object.entries(main) : [];
  const all = [...ofMain, ...Object.entries(loaded)];
  return new Map(all.filter(([name, value]) => !(name === 'default' && value === main && ofMain.length > 0)));
}

function isModule(value: unknown): value is ApplicationModule {
  if (typeof value === 'object' && value !== null) {
    return typeof (value as Partial<DynamicModule>).module === 'function';
  }
  return typeof value === 'function' && MODULE_KEYS.some((key) => Reflect.hasOwnMetadata(key, value));
}

function findFile(path: string): string {
  const candidates = [path, `${path}.js`, `${path}.mjs`, `${path}.cjs`, join(path, 'index.js')];
  const found = candidates.find((file) => existsSync(file) && statSync(file).isFile());
  if (found !== undefined) return found;
  throw new Error(`there is no file '${path}'; build the application first`);
}

async function importFile(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    const advice = /^\.[cm]?ts$/.test(extname(file)) ? '; name the compiled JavaScript of it' : '';
    throw new Error(`'${file}' cannot be loaded: ${describeThrown(error)}${advice}`, { cause: error });
  }
}

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ') || 'nothing';
}

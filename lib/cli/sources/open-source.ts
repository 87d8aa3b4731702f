import type { StoreAccess } from '../../config/stores-variable.js';
import type { CommandContext } from '../command.js';
import { UsageError } from '../usage.error.js';
import type { Source } from './source.js';
import { readAnyStoreOptions } from './store-options.js';

/**
 * Opens the application or the store that the options name, for as long as something is done with it.
 *
 * @param stores which of its stores the application opens; none is created
 */
export async function withSource<T>(
  context: CommandContext,
  use: (source: Source) => Promise<T>,
  stores: StoreAccess = 'existing',
): Promise<T> {
  const source = await openSource(context, stores);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

async function openSource(context: CommandContext, stores: StoreAccess): Promise<Source> {
  const { values, io, notify } = context;
  const module = values.getText('module');
  if (module !== undefined) {
    if (['connection', 'schema', 'prefix'].some((name) => values.getText(name) !== undefined)) {
      throw new UsageError(
        '--module says where the queues are; leave out --connection, --schema and --prefix',
      );
    }
    const { openApplication } = await import('./application-source.js');
    const isDetailed = values.isSet('debug');
    return openApplication(module, { stores, directory: io.directory, isDetailed, notify });
  }
  const options = readAnyStoreOptions(values, io);
  if (options === undefined) {
    throw new UsageError(
      'say where the queues are: --module <compiled module>, or --connection <url|folder>, or DATABASE_URL',
    );
  }
  const { openStore } = await import('./store-source.js');
  return openStore(options, { isDetailed: values.isSet('debug'), notify });
}

import type { FailedFilter } from '../driver/driver-operations.js';
import type { CommandOption } from './command.js';
import type { OptionValues } from './option-values.js';
import { UsageError } from './usage.error.js';

type Options = Readonly<Record<string, CommandOption>>;

/** The options of every command. */
export const COMMON_OPTIONS: Options = {
  json: { type: 'boolean', description: 'print one JSON document instead of text' },
  debug: { type: 'boolean', description: 'print the stacks of errors, and what is amiss with the server' },
  help: { type: 'boolean', short: 'h', description: 'print this help' },
};

export const MODULE_OPTION: Options = {
  module: {
    type: 'string',
    short: 'm',
    value: '<file>[#<export>]',
    description:
      "start the application of this compiled module, without working its queues: 'dist/app.module.js'",
  },
};

export const CONNECTION_OPTIONS: Options = {
  connection: {
    type: 'string',
    short: 'c',
    value: '<url|folder>',
    description: 'use this PostgreSQL, or the embedded database in this folder (default: $DATABASE_URL)',
  },
  schema: {
    type: 'string',
    value: '<name>',
    description: "the schema of pg-boss, with --connection (default: 'pgboss')",
  },
};

/** Where a command finds the queues. */
export const SOURCE_OPTIONS: Options = {
  ...MODULE_OPTION,
  ...CONNECTION_OPTIONS,
  connection: {
    ...CONNECTION_OPTIONS['connection']!,
    description:
      'use this PostgreSQL or Redis, or the embedded database in this folder (default: $DATABASE_URL)',
  },
  prefix: {
    type: 'string',
    value: '<text>',
    description: "what keys begin with in Redis, with --connection (default: '{events}')",
  },
};

/** Which of what was given up is meant. */
export const FILTER_OPTIONS: Options = {
  id: { type: 'string', multiple: true, value: '<id>', description: 'only the one with this id; repeatable' },
  driver: { type: 'string', value: '<name>', description: 'only what this driver gave up' },
  queue: { type: 'string', value: '<name>', description: 'only what came from this queue' },
  event: { type: 'string', value: '<name>', description: 'only this event' },
  listener: { type: 'string', value: '<id>', description: 'only what was for this listener' },
  before: {
    type: 'string',
    value: '<time>',
    description: 'only what was given up before this time (ISO 8601)',
  },
};

/** Says that everything is meant. */
export const ALL_OPTION: Options = {
  all: { type: 'boolean', description: 'all that was given up' },
};

/** @throws {@link UsageError} if a value is none */
export function readFilter(values: OptionValues): FailedFilter {
  const criteria = {
    ids: values.getList('id'),
    driver: values.getText('driver'),
    queue: values.getText('queue'),
    event: values.getText('event'),
    listener: values.getText('listener'),
    before: values.getDate('before'),
  };
  return Object.fromEntries(Object.entries(criteria).filter(([, value]) => value !== undefined));
}

/** @throws {@link UsageError} unless there is either a filter or `--all` */
export function readDeliberateFilter(values: OptionValues): FailedFilter {
  const filter = readFilter(values);
  const isFiltered = Object.keys(filter).length > 0;
  const names = Object.keys(FILTER_OPTIONS).map((name) => `--${name}`);
  if (isFiltered && values.isSet('all')) {
    throw new UsageError('--all and a filter exclude one another');
  }
  if (!isFiltered && !values.isSet('all')) {
    throw new UsageError(`say which deliveries: with ${names.join(', ')}; or --all`);
  }
  return filter;
}

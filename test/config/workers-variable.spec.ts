import { resolveEventConfig } from '../../lib/config/resolve-event-config.js';
import { syncConfig } from '../support/app.js';

const resolve = (value: string | undefined, workers?: boolean | readonly string[]) =>
  resolveEventConfig(syncConfig(workers === undefined ? {} : { workers }), [], {
    EVENT_DRIVERS_WORKERS: value,
  }).workers;

it.each([
  ['true', false, true],
  ['false', true, false],
  [' false ', ['mails'], false],
  ['mails', true, ['mails']],
  ['mails, queue.reports', false, ['mails', 'queue.reports']],
])('EVENT_DRIVERS_WORKERS=%s wins over workers: %p', (value, workers, expected) => {
  expect(resolve(value, workers)).toEqual(expected);
});

it.each([undefined, '', '  '])('EVENT_DRIVERS_WORKERS=%p leaves the configuration as it is', (value) => {
  expect(resolve(value, ['mails'])).toEqual(['mails']);
  expect(resolve(value)).toBe(true);
});

it.each(['0', '1', 'no', 'TRUE', 'off', 'mails,', ',', 'mails;reports', 'true,mails'])(
  'EVENT_DRIVERS_WORKERS=%s is refused',
  (value) => {
    expect(() => resolve(value)).toThrow(
      'the environment variable EVENT_DRIVERS_WORKERS must be true, false',
    );
  },
);

import { AsyncDriver, BaseDriver, EventDriverException, RetryDriver, SyncDriver } from 'nestjs-event-drivers';
import { DriverNames, DriverRegistry, type RegisteredDriver } from '../../lib/driver/driver.registry.js';

class Mailing extends BaseDriver {
  dispatch(): Promise<void> {
    return Promise.resolve();
  }
}

class Driver extends Mailing {}

const names = new DriverNames([
  ['now', SyncDriver],
  ['quick', RetryDriver],
  ['patient', RetryDriver],
  ['mail', Mailing],
  ['plain', Driver],
]);

describe('a driver is found', () => {
  it.each([
    ['now', 'now'],
    ['quick', 'quick'],
    ['patient', 'patient'],
  ])('by the name that it is configured under: %s', (name, expected) => {
    expect(names.resolve(name)).toBe(expected);
  });

  it.each(['SyncDriver', 'syncdriver', 'SYNCDRIVER', 'sync', 'Sync'])(
    'by the name of its class: %s',
    (name) => {
      expect(names.resolve(name)).toBe('now');
    },
  );

  it.each(['Mailing', 'mailing', 'MailingDriver'])(
    'by the name of a class without the suffix: %s',
    (name) => {
      expect(names.resolve(name)).toBe('mail');
    },
  );

  it('by the name of a class that is nothing but the suffix', () => {
    expect(names.resolve('Driver')).toBe('plain');
  });

  it('by the name it is configured under rather than by that of another class', () => {
    const swapped = new DriverNames([
      ['retry', SyncDriver],
      ['sync', RetryDriver],
    ]);
    expect(swapped.resolve('retry')).toBe('retry');
    expect(swapped.resolve('sync')).toBe('sync');
    expect(swapped.resolve('RetryDriver')).toBe('sync');
  });
});

function errorOf(find: () => unknown): EventDriverException {
  try {
    find();
  } catch (error) {
    return error as EventDriverException;
  }
  throw new Error('Nothing was thrown');
}

describe('no driver is found', () => {
  it('by a name that none goes by, and the error lists those there are', () => {
    const error = errorOf(() => names.resolve('queue'));
    expect(error).toBeInstanceOf(EventDriverException);
    expect(error).toMatchObject({
      code: 'EVENTS_DRIVER',
      message: "There is no driver 'queue'. Configured are: 'now', 'quick', 'patient', 'mail', 'plain'.",
      driverName: 'queue',
      availableDrivers: ['now', 'quick', 'patient', 'mail', 'plain'],
    });
  });

  it('by the name of a class that is configured twice, and the error lists under which names', () => {
    expect(errorOf(() => names.resolve('retry')).message).toBe(
      "Driver 'retry' is configured under several names: 'quick', 'patient'. Use one of them.",
    );
  });

  it.each(['', 'synchronous', 'constructor', '__proto__', 'toString', 'NOW', 'BaseDriver'])(
    'by %p',
    (name) => {
      expect(() => names.resolve(name)).toThrow(EventDriverException);
    },
  );

  it('where none is configured', () => {
    expect(() => new DriverNames([]).resolve('sync')).toThrow(
      "There is no driver 'sync'. Configured are: none.",
    );
  });
});

const entry = (name: string, driver: BaseDriver<never>): RegisteredDriver => ({
  name,
  driverClass: driver.constructor as RegisteredDriver['driverClass'],
  options: undefined,
  driver,
  isDurable: false,
  mayStore: false,
  isConcurrent: false,
});

describe('DriverRegistry', () => {
  const sync = entry('now', new SyncDriver());
  const bounded = entry('async', new AsyncDriver());
  const registry = new DriverRegistry([sync, bounded]);

  it('finds a driver by each name that it goes by', () => {
    expect(registry.get('now')).toBe(sync);
    expect(registry.get('SyncDriver')).toBe(sync);
    expect(registry.get('async')).toBe(bounded);
    expect(() => registry.get('queue')).toThrow(EventDriverException);
  });

  it('finds what is configured of a driver', () => {
    expect(registry.find(bounded.driver)).toBe(bounded);
    expect(registry.find(new AsyncDriver())).toBeUndefined();
  });

  it('lists all in the order of the configuration', () => {
    expect(registry.getAll()).toEqual([sync, bounded]);
  });

  it('goes by the class that was configured where a test has put another in its place', () => {
    const replaced = { ...entry('now', new Mailing()), driverClass: SyncDriver };
    expect(new DriverRegistry([replaced]).get('sync')).toBe(replaced);
  });
});

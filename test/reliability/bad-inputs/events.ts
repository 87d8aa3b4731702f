import { BaseEvent, Event, type IBaseEvent } from 'nestjs-event-drivers';

/** What becomes of an event: it is delivered, or refused with an `InvalidEventError` that says this. */
export type EventVerdict = 'delivered' | RegExp;

export type EventRow = readonly [
  what: string,
  make: (id: string) => unknown,
  /** By what stores, where another event would arrive. */
  stored: EventVerdict,
  /** By what runs it right there. */
  inProcess: EventVerdict,
];

/** The ids of those whose work has been done. */
export const worked: string[] = [];

class Work extends BaseEvent<string> {
  override async execute(): Promise<void> {
    worked.push(this.getPayload());
  }
}

@Event({ name: 'taken' })
export class Taken extends Work {}

@Event({ name: 'taken' })
class Impostor extends Work {}

class Unheard extends Work {}

function named(name: unknown): (id: string) => IBaseEvent {
  class Named extends Work {
    override getName(): string {
      return name as string;
    }
  }
  return (id) => new Named(id);
}

function literal(id: string): IBaseEvent {
  return { getName: () => 'taken', getPayload: () => id, execute: async () => void worked.push(id) };
}

function refuse(): never {
  throw new Error('from the trap');
}

const Anonymous = (() => class extends Work {})();

const NO_EVENT = /dispatch\(\) takes an event, that is, an object with getName\(\).*but was given/s;
const NO_NAME = /getName\(\) of .* must return a non-empty string/s;
const NAME = /its name must be a letter, '_' or '\$', then up to 127 letters, digits.*@Event/;

const NONE: readonly (readonly [what: string, make: () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 5],
  ['text', () => 'input'],
  ['a symbol', () => Symbol('event')],
  ['a list', () => [new Taken('1')]],
  ['a plain object', () => ({ name: 'input', payload: 1 })],
  ['one with fields for methods', () => ({ getName: 'input', getPayload: 1, execute: true })],
  ['a class', () => Taken],
  ['a function', () => () => new Taken('1')],
  ['a promise of one', () => Promise.resolve(new Taken('1'))],
  ['a Proxy that cannot be looked at', () => new Proxy({}, { get: refuse, getPrototypeOf: refuse })],
];

const STORABLE_NAMES = ['constructor', 'toString', 'hasOwnProperty', 'a:b', 'a/b', 'x'.repeat(128), '$', '_'];

const OTHER_NAMES = [
  '__proto__',
  'x'.repeat(300),
  'größer',
  '事件',
  'a b',
  ' ',
  'a\nb',
  'a\r\nERROR all is lost',
  'a\0b',
  '\u001b[31mred',
  '%s%d%j',
  `'quoted'`,
  '"',
  `x'; DROP TABLE job; --`,
  '*',
  '{a}',
  '../a',
  '1',
];

export const EVENT_ROWS: readonly EventRow[] = [
  ...NONE.map(([what, make]): EventRow => [what, make, NO_EVENT, NO_EVENT]),
  ['of a class without a name', (id) => new Anonymous(id), NO_NAME, NO_NAME],
  ...['', null, undefined, 5, ['a']].map((name): EventRow => [
    `named ${JSON.stringify(name)}`,
    named(name),
    NO_NAME,
    NO_NAME,
  ]),
  ...STORABLE_NAMES.map((name): EventRow => [`named ${name}`, named(name), 'delivered', 'delivered']),
  ...OTHER_NAMES.map((name): EventRow => [`named ${JSON.stringify(name)}`, named(name), NAME, 'delivered']),
  ['of a class that nobody has named', (id) => new Unheard(id), 'delivered', 'delivered'],
  ['frozen', (id) => Object.freeze(new Taken(id)), 'delivered', 'delivered'],
  [
    'of another class than that of its name',
    (id) => new Impostor(id),
    /class Impostor, but another class, Taken, is registered under its name.*@Event/,
    'delivered',
  ],
  ['that is an object with the methods of one', literal, /plain object.*Extend BaseEvent/, 'delivered'],
  [
    'with work of its own',
    (id) => Object.assign(new Taken(id), { execute: async () => void worked.push(id) }),
    /its execute\(\) is its own.*Make it a method of the class/,
    'delivered',
  ],
  [
    'behind a Proxy',
    (id) => new Proxy(new Taken(id), {}),
    /getId\(\) of event 'taken' threw: .*not a Proxy of it/,
    'delivered',
  ],
];

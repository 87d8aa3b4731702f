import {
  anyOf,
  callback,
  checkOptions,
  flag,
  listOf,
  milliseconds,
  objectWith,
  oneOf,
  type OptionRule,
  text,
  wholeNumber,
} from '../../lib/utils/option-rules.js';

describe('a rule', () => {
  const rules: ReadonlyArray<readonly [string, OptionRule, accepted: unknown[], refused: unknown[]]> = [
    [
      'a whole number from 1',
      wholeNumber(1),
      [1, 2, Number.MAX_SAFE_INTEGER],
      [0, -1, 1.5, NaN, Infinity, 2 ** 53, '1', 1n, null, true],
    ],
    ['a whole number from 0', wholeNumber(0), [0, -0, 7], [-1, 0.1]],
    [
      'a number of milliseconds from 0 to 2147483647',
      milliseconds(),
      [0, 0.5, 1000, 2147483647],
      [-1, -0.001, NaN, Infinity, 2147483648, '5', 5n, null, new Date(5)],
    ],
    ['a number of milliseconds from 1 to 2147483647', milliseconds(1), [1, 1.5], [0, 0.5]],
    ['true or false', flag, [true, false], [0, 1, 'true', null]],
    ['a function', callback, [() => 1, class {}, async () => 1], ['f', {}, null]],
    ['a non-empty string', text, ['a', ' a '], ['', ' ', '\n', 5, null, ['a']]],
    ["one of 'a', 5", oneOf('a', 5), ['a', 5], ['5', 'b', null]],
    ['one of NaN', oneOf(NaN), [NaN], [0]],
    ['5 or a flag', anyOf('5 or a flag', oneOf(5), flag), [5, true], [6, 'true']],
    [
      'a list of at least 0, each a non-empty string',
      listOf(text),
      [[], ['a'], ['a', 'b']],
      ['a', [''], [5], {}],
    ],
    ['a list of at least 2, each a function', listOf(callback, 2), [[() => 1, () => 2]], [[], [() => 1]]],
    [
      'an object with add(), list()',
      objectWith('add', 'list'),
      [
        { add: () => 1, list: () => 2, more: 3 },
        new (class {
          add() {}
          list() {}
        })(),
      ],
      [{}, { add: () => 1 }, { add: 1, list: 2 }, null, 'text', () => 1],
    ],
  ];

  it.each(rules)('for %s accepts that and nothing else', (expected, rule, accepted, refused) => {
    expect(accepted.map(rule)).toEqual(accepted.map(() => undefined));
    expect(refused.map(rule)).toEqual(refused.map(() => expected));
  });
});

describe('checkOptions()', () => {
  const rules = { size: wholeNumber(1), name: text };

  it.each([undefined, {}, { size: 1 }, { size: 1, name: 'a' }, { size: undefined }])(
    'finds nothing wrong with %p',
    (options) => {
      expect(checkOptions(options, rules)).toEqual([]);
    },
  );

  it.each([
    [null, 'options must be an object, not null'],
    [5, 'options must be an object, not 5'],
    ['text', "options must be an object, not 'text'"],
    [[], 'options must be an object, not []'],
    [true, 'options must be an object, not true'],
  ])('wants an object, not %p', (options, problem) => {
    expect(checkOptions(options, rules)).toEqual([problem]);
  });

  it('names the option, what it must be and what it is', () => {
    expect(checkOptions({ size: -1 }, rules)).toEqual(['size must be a whole number from 1, not -1']);
  });

  it('finds every problem there is', () => {
    expect(checkOptions({ size: 0, name: '', colour: 'red' }, rules)).toEqual([
      'size must be a whole number from 1, not 0',
      "name must be a non-empty string, not ''",
      "'colour' is no option; there are size, name",
    ]);
  });

  it('misses what is required, also where there are no options', () => {
    const problem = 'name is missing; it must be a non-empty string';
    expect(checkOptions({ size: 1 }, rules, ['name'])).toEqual([problem]);
    expect(checkOptions({ name: undefined }, rules, ['name'])).toEqual([problem]);
    expect(checkOptions({ name: null }, rules, ['name'])).toEqual([
      'name must be a non-empty string, not null',
    ]);
    expect(checkOptions(undefined, rules, ['name'])).toEqual([problem]);
  });

  it.each(['toString', 'constructor', 'hasOwnProperty'])('takes %s for an unknown option', (key) => {
    expect(checkOptions({ [key]: 1 }, rules)).toEqual([`'${key}' is no option; there are size, name`]);
  });

  it('says where the option is, in options that are nested', () => {
    expect(checkOptions({ size: 0, colour: 1 }, rules, ['name'], 'inner')).toEqual([
      'inner.name is missing; it must be a non-empty string',
      'inner.size must be a whole number from 1, not 0',
      "'inner.colour' is no option; there are size, name",
    ]);
    expect(checkOptions(5, rules, [], 'inner')).toEqual(['inner must be an object, not 5']);
  });

  it('keeps a message short, whatever the value is', () => {
    const value = { deep: { deeper: { deepest: 'x'.repeat(1000) } } };
    expect(checkOptions({ size: value }, rules)).toEqual([
      'size must be a whole number from 1, not { deep: [Object] }',
    ]);
  });
});

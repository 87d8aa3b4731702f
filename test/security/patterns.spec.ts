import { Injectable } from '@nestjs/common';
import { BaseEvent, EventService, InvalidListenerError, OnEvent } from 'nestjs-event-drivers';
import { matchesPattern } from '../../lib/listener/event-pattern.js';
import { closeApps, startApp, syncConfig } from '../support/app.js';

afterEach(closeApps);

/** Patterns that a regular expression made of them would take for ever to tell are none of these names. */
const PATTERNS = [
  Array(20).fill('*').join('.'),
  Array(20).fill('**').join('.'),
  `${Array(20).fill('**').join('.')}.end`,
  `${Array(20).fill('**.a').join('.')}.end`,
  `${Array(10).fill('**.a.*').join('.')}.end`,
  `a.${Array(20).fill('**.*').join('.')}.b`,
];

/** A name of so many characters, half of which end a segment. */
const nameOf = (length: number): string => 'a.'.repeat(length / 2).slice(0, -1);

/** The shortest of several: what else the machine does only makes it longer. */
function measure(pattern: string, name: string): number {
  let best = Infinity;
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    matchesPattern(pattern, BaseEvent, name);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function define(pattern: string): () => void {
  return () => OnEvent(pattern)({}, 'hear', { value: () => undefined } as never);
}

describe('A pattern of many wildcards', () => {
  it.each(PATTERNS)('is held against a name of 10,000 characters in no time: %s', (pattern) => {
    expect(measure(pattern, nameOf(10_000))).toBeLessThan(100);
  });

  it.each(PATTERNS)(
    'takes ten times as long for a name that is ten times as long, not a hundred: %s',
    (pattern) => {
      // As long as can be measured, and long enough for the compiler to have seen it.
      const [short, long] = [measure(pattern, nameOf(40_000)), measure(pattern, nameOf(400_000))];
      expect(long).toBeLessThan(Math.max(short, 0.5) * 40);
    },
  );

  it('tells names apart as a short one does', () => {
    const name = nameOf(10_000);
    expect(PATTERNS.map((pattern) => matchesPattern(pattern, BaseEvent, name))).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(PATTERNS.map((pattern) => matchesPattern(pattern, BaseEvent, `${name}.end`))).toEqual([
      false,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it('is not longer than 256 characters', () => {
    expect(define('*'.repeat(256))).not.toThrow();
    expect(define('*'.repeat(257))).toThrow(InvalidListenerError);
    expect(define('*.'.repeat(128))).not.toThrow();
  });

  it('is text, whatever it has that means something to a regular expression', async () => {
    const heard: string[] = [];
    class Named extends BaseEvent<string> {
      override getName(): string {
        return this.getPayload();
      }
    }
    @Injectable()
    class Listener {
      @OnEvent(['(a+)+$', 'a|b', '[ab]', '.', '^a$', 'a?', '(?:)'])
      hear(event: Named): void {
        heard.push(event.getName());
      }
    }
    const events = (await startApp(syncConfig(), [Listener])).get(EventService);
    for (const name of ['a', 'b', 'aaaa', 'a|b', '(a+)+$']) await events.dispatch(new Named(name));
    expect(heard).toEqual(['a|b', '(a+)+$']);
  });
});

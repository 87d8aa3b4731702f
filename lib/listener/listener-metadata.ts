import 'reflect-metadata';
import { inspect } from 'node:util';
import { InvalidListenerError } from '../errors/index.js';
import { checkOptions, callback, flag, text, type OptionRule } from '../utils/option-rules.js';
import { DELIVERY_OPTION_RULES } from '../event/delivery-options.js';
import { checkPattern, type EventPattern } from './event-pattern.js';
import type { ListenerOptions } from './listener-options.js';

/** One decorator on one method: what it hears, and how. */
export interface Subscription {
  readonly patterns: readonly EventPattern[];
  readonly options: ListenerOptions<never>;
}

const SUBSCRIPTIONS = Symbol('nestjs-event-drivers:subscriptions');

const OPTION_RULES: Readonly<Record<keyof ListenerOptions, OptionRule>> = {
  driver: text,
  order: (value) => (typeof value === 'number' && !Number.isNaN(value) ? undefined : 'a number'),
  id: text,
  transactional: flag,
  when: callback,
  ...DELIVERY_OPTION_RULES,
};

/** Adds a subscription to a method, or to a class that listens as a whole. */
export function addSubscription(
  target: Function,
  label: string,
  events: unknown,
  options: ListenerOptions<never> = {},
): void {
  const patterns: unknown[] = Array.isArray(events) ? events : [events];
  if (patterns.length === 0) throw new InvalidListenerError(label, 'the list of events is empty');
  for (const pattern of patterns) {
    const problem = checkPattern(pattern);
    if (problem !== undefined) throw new InvalidListenerError(label, `${problem} (${inspect(pattern)})`);
  }
  const [problem] = checkOptions(options, OPTION_RULES);
  if (problem !== undefined) throw new InvalidListenerError(label, problem);
  // Decorators are applied from the bottom up; what is written first comes first.
  const subscriptions = [
    { patterns: patterns as EventPattern[], options: { ...options } },
    ...getSubscriptions(target),
  ];
  Reflect.defineMetadata(SUBSCRIPTIONS, subscriptions, target);
}

/** The subscriptions of a method or class, in the order they are written. */
export function getSubscriptions(target: Function): readonly Subscription[] {
  return (Reflect.getOwnMetadata(SUBSCRIPTIONS, target) as Subscription[] | undefined) ?? [];
}

/** The subscriptions of a class or, if it has none, of the class it extends. */
export function getClassSubscriptions(target: Function): readonly Subscription[] {
  return (Reflect.getMetadata(SUBSCRIPTIONS, target) as Subscription[] | undefined) ?? [];
}

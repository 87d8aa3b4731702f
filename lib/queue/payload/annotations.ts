import { UnreadablePayloadError } from '../../errors/index.js';
import { toPayloadPath } from '../../utils/payload-path.js';

/** The types that may be in a stored payload, with what each must look like there. */
const STORED_FORMS: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map<
  unknown,
  (value: unknown) => boolean
>([
  ['Date', (value) => typeof value === 'string' && Number.isFinite(Date.parse(value))],
  ['URL', (value) => typeof value === 'string' && URL.canParse(value)],
  ['bigint', (value) => typeof value === 'string' && /^-?\d+$/.test(value)],
  [
    'map',
    (value) => Array.isArray(value) && value.every((entry) => Array.isArray(entry) && entry.length === 2),
  ],
  ['number', (value) => value === '-0'],
  ['set', (value) => Array.isArray(value)],
  ['undefined', (value) => value === null],
]);

/**
 * Refuses annotations that `superjson` did not write for this payload: they come out of a store, and
 * what they name would be constructed. Each must name a type of ours and lead, by properties of its
 * own, to a value that this type is stored as.
 */
export function checkAnnotations(types: unknown, payload: unknown, eventName: string | undefined): void {
  new AnnotationCheck(eventName).check(types, payload, []);
}

class AnnotationCheck {
  constructor(private readonly eventName: string | undefined) {}

  check(types: unknown, value: unknown, path: readonly string[]): void {
    if (!Array.isArray(types)) return this.checkChildren(types, value, path, 1);
    const [type, children] = types as readonly unknown[];
    if (types.length > 2 || !STORED_FORMS.get(type)?.(value)) this.refuse(path);
    if (types.length === 2) this.checkChildren(children, value, path, type === 'map' ? 2 : 1);
  }

  /** @param minSteps how far each must lead; into a Map it is two steps, through the entry */
  private checkChildren(children: unknown, value: unknown, path: readonly string[], minSteps: number): void {
    if (typeof children !== 'object' || children === null || Array.isArray(children)) this.refuse(path);
    const converted = new Set<unknown>();
    const passed: unknown[] = [];
    for (const [key, types] of Object.entries(children)) {
      const steps = this.parseSteps(key, path);
      const childPath = [...path, ...steps];
      if (steps.length < minSteps || !Array.isArray(types)) this.refuse(childPath);
      const target = this.follow(value, steps, childPath, passed);
      this.check(types, target, childPath);
      if (typeof target === 'object' && target !== null) converted.add(target);
    }
    // What is inside a Map or Set is annotated with it; by itself it would be looked for after the change.
    if (passed.some((container) => converted.has(container))) this.refuse(path);
  }

  /** The value that steps lead to. Records the containers between. */
  private follow(
    start: unknown,
    steps: readonly string[],
    path: readonly string[],
    passed: unknown[],
  ): unknown {
    let value = start;
    for (const step of steps) {
      if (value !== start) passed.push(value);
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) this.refuse(path);
      value = (value as Record<string, unknown>)[step];
    }
    return value;
  }

  /** Splits at the dots, but for those behind a backslash. */
  private parseSteps(key: string, path: readonly string[]): string[] {
    const steps: string[] = [];
    let step = '';
    for (const [part] of key.matchAll(/\\.|./gsu)) {
      if (part === '.') {
        steps.push(step);
        step = '';
      } else if (part === '\\.' || part === '\\\\') {
        step += part[1];
      } else {
        if (part.startsWith('\\')) this.refuse([...path, key]);
        step += part;
      }
    }
    return [...steps, step];
  }

  private refuse(path: readonly string[]): never {
    const reason = 'what is stored about its type is not what this library writes';
    throw new UnreadablePayloadError(this.eventName, { path: toPayloadPath(path), reason });
  }
}

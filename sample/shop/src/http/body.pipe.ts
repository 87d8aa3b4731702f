import { BadRequestException, type PipeTransform } from '@nestjs/common';

/** Says what a value must be, if it is not. */
export type Rule = (value: unknown) => string | undefined;

export const text: Rule = (value) =>
  typeof value === 'string' && value.trim() !== '' ? undefined : 'must be a text that is not empty';

export const email: Rule = (value) =>
  typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value) ? undefined : 'must be an e-mail address';

export const wholeNumberFrom =
  (minimum: number): Rule =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= minimum
      ? undefined
      : `must be a whole number from ${minimum}`;

export const oneOf =
  (...values: readonly unknown[]): Rule =>
  (value) =>
    values.includes(value) ? undefined : `must be one of ${values.join(', ')}`;

/** Checks a JSON body, and passes on no more of it than there are rules for. */
export class BodyPipe<TBody extends object> implements PipeTransform<unknown, TBody> {
  constructor(private readonly rules: Readonly<Record<keyof TBody, Rule>>) {}

  transform(body: unknown): TBody {
    if (typeof body !== 'object' || body === null) {
      throw new BadRequestException('the body must be a JSON object, sent as application/json');
    }
    const fields = Object.entries<Rule>(this.rules).map(([name, rule]) => {
      const value = (body as Record<string, unknown>)[name];
      return { name, value, problem: rule(value) };
    });
    const problems = fields.filter(({ problem }) => problem !== undefined);
    if (problems.length > 0) {
      throw new BadRequestException(problems.map(({ name, problem }) => `${name} ${problem}`));
    }
    return Object.fromEntries(fields.map(({ name, value }) => [name, value])) as TBody;
  }
}

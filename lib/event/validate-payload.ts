import {
  describeCause,
  InvalidPayloadError,
  type PayloadIssue,
  SchemaMismatchError,
} from '../errors/index.js';
import type { EventMetadata } from './event-metadata.js';
import { toPayloadPath } from '../utils/payload-path.js';
import { createRedactor } from './redact-issue.js';
import type { StandardSchemaIssue, StandardSchemaResult } from './standard-schema.js';

/** Where a payload is validated: before it is stored, or after it was. */
export type ValidationStage = 'dispatch' | 'arrival';

/**
 * Holds a payload against the schema of its event, at once unless the schema itself takes its time.
 *
 * @returns at dispatch the payload itself; on arrival what the schema made of it, so that what a
 *   schema transforms is transformed once
 * @throws {@link InvalidPayloadError} at dispatch, and {@link SchemaMismatchError} on arrival, for a
 *   payload that does not fit
 */
export function validatePayload(
  metadata: Pick<EventMetadata, 'name' | 'schema'>,
  payload: unknown,
  stage: ValidationStage,
): unknown {
  const { name, schema } = metadata;
  if (schema === undefined) return payload;
  const failed = (cause: unknown): never => {
    const reason = `its schema threw: ${createRedactor(payload)(describeCause(cause), [])}`;
    throw createError(name, stage, [{ path: 'payload', reason }], { cause });
  };
  const finish = (result: StandardSchemaResult<unknown>): unknown => {
    if (result.issues) throw createError(name, stage, describeIssues(result.issues, payload));
    return stage === 'dispatch' ? payload : result.value;
  };
  let result: ReturnType<(typeof schema)['~standard']['validate']>;
  try {
    result = schema['~standard'].validate(payload);
  } catch (error) {
    return failed(error);
  }
  return isPromise(result) ? result.then(finish, failed) : finish(result);
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown }).then === 'function';
}

function describeIssues(issues: readonly StandardSchemaIssue[], payload: unknown): PayloadIssue[] {
  const redact = createRedactor(payload);
  return issues.map(({ message, path = [] }) => {
    const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
    return { path: toPayloadPath(keys), reason: redact(message, keys) };
  });
}

function createError(
  name: string,
  stage: ValidationStage,
  issues: readonly PayloadIssue[],
  options?: ErrorOptions,
): Error {
  return stage === 'dispatch'
    ? new InvalidPayloadError(name, issues, options)
    : new SchemaMismatchError(name, issues, options);
}

import type { RegisteredDriver } from '../driver/driver.registry.js';
import { InvalidOptionsError } from '../errors/index.js';
import type { DispatchRequest } from './dispatch-options.js';

/**
 * What a dispatch asks for that is to be made after a commit: of the transaction that it gives, or else of the one that
 * is open around the caller.
 *
 * @param findRelay the driver that stores in the transaction
 * @throws {@link InvalidOptionsError} if there is none to wait for
 */
export function joinTransaction(
  request: DispatchRequest,
  findRelay: (afterCommit: true | string) => RegisteredDriver,
): DispatchRequest {
  const { afterCommit, options } = request;
  if (afterCommit === false || options?.transaction !== undefined) return request;
  const transaction = findRelay(afterCommit).driver.getTransaction?.();
  if (transaction !== undefined) return { ...request, options: { ...options, transaction } };
  throw new InvalidOptionsError('Options of dispatch()', [
    'afterCommit needs the transaction that it is to wait for: { transaction, afterCommit: true }, or a dispatch ' +
      'inside a transaction of @nestjs-cls/transactional',
  ]);
}

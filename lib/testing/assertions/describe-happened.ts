import { describeThrown } from '../../errors/index.js';
import type { IBaseEvent } from '../../index.js';
import { type DeliveryRecord, type DispatchRecord, getOutcome } from '../events/records.js';
import { describeValue } from './describe-value.js';
import type { EventSelection } from './event-match.js';

/** How many lines a message has at most of what has happened. */
const MAX_LINES = 20;

/** What was dispatched, in its order; of what is of the kind that was meant, why it was not meant. */
export function describeDispatches(records: readonly DispatchRecord[], selection: EventSelection): string {
  if (records.length === 0) return 'Nothing was dispatched.';
  const lines = records.map((record) => {
    const why = selection.isOfKind(record.event) ? selection.explain(record.event) : undefined;
    return describeDispatch(record) + (why === undefined ? '' : `\n     ${why}`);
  });
  return toList('Dispatched were', lines);
}

/** What became of deliveries, in the order in which they were made. */
export function describeDeliveries(records: readonly DeliveryRecord[], selection: EventSelection): string {
  if (records.length === 0) return 'Nothing was delivered, and nothing is to be.';
  const lines = records.map((record) => {
    const why = selection.explain(record.event);
    return describeDelivery(record) + (why === undefined ? '' : `\n     ${why}`);
  });
  return toList('Deliveries were', lines);
}

function describeDispatch({ event, options, causedBy, isFaked, status, error }: DispatchRecord): string {
  const { driver } = options;
  const notes = [
    ...(driver === undefined ? [] : [`driver '${driver}'`]),
    ...(causedBy === undefined ? [] : [`by ${causedBy}`]),
    ...(isFaked ? ['faked'] : []),
    ...(status === 'rejected' ? [`rejected: ${describeThrown(error)}`] : []),
    ...(status === 'pending' ? ['not ended yet'] : []),
  ];
  const noted = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  return `${event.getName()} ${describePayload(event)}${noted}`;
}

function describeDelivery(record: DeliveryRecord): string {
  const { event, eventName, listenerId, driver, runs, deadLetter } = record;
  const what = `${listenerId ?? 'execute()'} of ${eventName} ${describePayload(event)}`;
  const by = driver === undefined ? '' : ` by driver '${driver}'`;
  const attempts = runs.length > 1 ? ` after ${runs.length} attempts` : '';
  const error =
    deadLetter?.reason ?? (runs.at(-1)?.status === 'failed' ? describeThrown(runs.at(-1)!.error) : '');
  return `${what}${by}: ${getOutcome(record)}${attempts}${error === '' ? '' : `: ${error}`}`;
}

function describePayload(event: IBaseEvent): string {
  try {
    return describeValue(event.getPayload());
  } catch (error) {
    return `(its payload cannot be read: ${describeThrown(error)})`;
  }
}

function toList(title: string, lines: readonly string[]): string {
  const shown = lines.slice(0, MAX_LINES).map((line, index) => `\n  ${index + 1}. ${line}`);
  const rest = lines.length > MAX_LINES ? `\n  and ${lines.length - MAX_LINES} more` : '';
  return `${title}:${shown.join('')}${rest}`;
}

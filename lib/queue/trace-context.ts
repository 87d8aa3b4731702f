import type * as OpenTelemetry from '@opentelemetry/api';
import type { ContextCarrier } from '../config/context-carrier.js';

/** What is carried along with deliveries that are stored: trace context, where there is any, and what the application says. */
export async function loadContext(carriers: readonly ContextCarrier[]): Promise<readonly ContextCarrier[]> {
  const traces = await loadTraceContext();
  return traces === undefined ? carriers : [traces, ...carriers];
}

/** Carries W3C trace context and baggage, by whichever propagator the application has registered with OpenTelemetry. */
export class TraceContext implements ContextCarrier {
  constructor(private readonly api: Pick<typeof OpenTelemetry, 'context' | 'propagation'>) {}

  capture(): Record<string, string> {
    const { context, propagation } = this.api;
    const carrier: Record<string, string> = {};
    propagation.inject(context.active(), carrier);
    return carrier;
  }

  restore<T>(headers: Readonly<Record<string, string>>, run: () => T): T {
    const { context, propagation } = this.api;
    return context.with(propagation.extract(context.active(), headers), run);
  }
}

/** @returns `undefined` where `@opentelemetry/api` is not installed */
async function loadTraceContext(): Promise<TraceContext | undefined> {
  try {
    return new TraceContext(await import('@opentelemetry/api'));
  } catch {
    return undefined;
  }
}

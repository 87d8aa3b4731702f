import type { ContextCarrier } from '../config/context-carrier.js';

/** What is carried along with deliveries that are stored: trace context, where there is any, and what the application says. */
export async function loadContext(carriers: readonly ContextCarrier[]): Promise<readonly ContextCarrier[]> {
  const traces = await loadTraceContext();
  return traces === undefined ? carriers : [traces, ...carriers];
}

/**
 * Carries W3C trace context and baggage, by whichever propagator the application has registered with
 * OpenTelemetry. @returns `undefined` where `@opentelemetry/api` is not installed
 */
async function loadTraceContext(): Promise<ContextCarrier | undefined> {
  try {
    const { context, propagation } = await import('@opentelemetry/api');
    return new (class TraceContext implements ContextCarrier {
      capture(): Record<string, string> {
        const carrier: Record<string, string> = {};
        propagation.inject(context.active(), carrier);
        return carrier;
      }

      restore<T>(headers: Readonly<Record<string, string>>, run: () => T): T {
        return context.with(propagation.extract(context.active(), headers), run);
      }
    })();
  } catch {
    return undefined;
  }
}

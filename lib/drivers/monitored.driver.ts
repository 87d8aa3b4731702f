import { checkOptions, text, wholeNumber } from '../utils/option-rules.js';
import { WrappingDriver, type WrappingDriverOptions } from '../driver/wrapping-driver.js';
import type { IBaseEvent } from '../event/event.interface.js';
import { type DeliveryMetrics, MetricsRecorder } from './metrics.js';

/** Options of {@link MonitoredDriver}. */
export interface MonitoredDriverOptions extends WrappingDriverOptions {
  /**
   * How many events, and how many listeners, are measured one by one; those after them are measured
   * together, as `(other)`. It bounds the memory used.
   *
   * @defaultValue 1000
   */
  maxSeries?: number;
}

/** What a {@link MonitoredDriver} has measured: all together, by event and by listener. */
export interface DriverMetrics extends DeliveryMetrics {
  /** How many deliveries are running. */
  readonly inFlight: number;
  /** By the event's name. */
  readonly events: Readonly<Record<string, DeliveryMetrics>>;
  /** By the listener's id. */
  readonly listeners: Readonly<Record<string, DeliveryMetrics>>;
}

const OTHER = '(other)';

/**
 * Counts and times deliveries. Around a `RetryDriver` it counts a delivery once, however many
 * attempts that takes; wrapped by one, it counts each attempt. Around a driver that stores or works in
 * the background it counts what was accepted.
 */
export class MonitoredDriver extends WrappingDriver<MonitoredDriverOptions> {
  private total = new MetricsRecorder();
  private readonly events = new Map<string, MetricsRecorder>();
  private readonly listeners = new Map<string, MetricsRecorder>();
  private inFlight = 0;

  static override validateOptions(options: unknown): readonly string[] {
    return checkOptions(options, { maxSeries: wholeNumber(1), driver: text });
  }

  dispatch(event: IBaseEvent): Promise<void> {
    return this.measure(this.getRecorders(event), 1, () => this.deliver(event));
  }

  /** Counts each of them; all take as long as they take together. */
  dispatchMany(events: readonly IBaseEvent[]): Promise<void> {
    const recorders = events.flatMap((event) => this.getRecorders(event));
    return this.measure(recorders, events.length, () => this.deliverMany(events));
  }

  private async measure(
    recorders: readonly MetricsRecorder[],
    count: number,
    deliver: () => Promise<void>,
  ): Promise<void> {
    const startedAt = performance.now();
    for (const recorder of recorders) recorder.start();
    this.inFlight += count;
    let isSuccess = false;
    try {
      await deliver();
      isSuccess = true;
    } finally {
      this.inFlight -= count;
      const time = performance.now() - startedAt;
      for (const recorder of recorders) recorder.end(time, isSuccess);
    }
  }

  /** What was measured so far, as a copy. */
  getMetrics(): DriverMetrics {
    return {
      ...this.total.read(),
      inFlight: this.inFlight,
      events: readAll(this.events),
      listeners: readAll(this.listeners),
    };
  }

  /** Starts again from zero. Deliveries that are running are still counted as in flight. */
  reset(): void {
    this.total = new MetricsRecorder();
    this.events.clear();
    this.listeners.clear();
  }

  private getRecorders(event: IBaseEvent): MetricsRecorder[] {
    const recorders = [this.total, this.getSeries(this.events, event.getName())];
    const listenerId = event.getListenerId?.();
    if (listenerId !== undefined) recorders.push(this.getSeries(this.listeners, listenerId));
    return recorders;
  }

  private getSeries(series: Map<string, MetricsRecorder>, name: string): MetricsRecorder {
    const existing = series.get(name);
    if (existing !== undefined) return existing;
    const { maxSeries = 1000 } = this.getOptions() ?? {};
    if (series.size >= maxSeries && name !== OTHER) return this.getSeries(series, OTHER);
    const recorder = new MetricsRecorder();
    series.set(name, recorder);
    return recorder;
  }
}

function readAll(series: ReadonlyMap<string, MetricsRecorder>): Record<string, DeliveryMetrics> {
  return Object.fromEntries([...series].map(([name, recorder]) => [name, recorder.read()]));
}

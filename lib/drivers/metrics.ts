import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Execution times in milliseconds. Percentiles are exact to about one per cent. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

/** What was measured of a set of deliveries. Times are in milliseconds. */
export interface DeliveryMetrics {
  /** How many were begun, those that are running included. */
  readonly totalDispatches: number;
  /** How many ended well. */
  readonly successfulDispatches: number;
  /** How many failed. */
  readonly failedDispatches: number;
  /** The mean of those that have ended; 0 before any has. */
  readonly averageExecutionTime: number;
  /** The shortest of those that have ended; 0 before any has. */
  readonly minExecutionTime: number;
  /** The longest of those that have ended; 0 before any has. */
  readonly maxExecutionTime: number;
  /** Of those that have ended; 0 before any has. */
  readonly percentiles: Percentiles;
}

/** A longer delivery counts as one of an hour. */
const MAX_MICROSECONDS = 3_600_000_000;

/** Measures deliveries in constant memory: Node's histogram, in microseconds, with two digits. */
export class MetricsRecorder {
  private readonly histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: MAX_MICROSECONDS,
    figures: 2,
  });
  private started = 0;
  private succeeded = 0;
  private failed = 0;
  private totalTime = 0;
  private minTime = Infinity;
  private maxTime = 0;

  start(): void {
    this.started++;
  }

  end(milliseconds: number, isSuccess: boolean): void {
    if (isSuccess) this.succeeded++;
    else this.failed++;
    this.totalTime += milliseconds;
    this.minTime = Math.min(this.minTime, milliseconds);
    this.maxTime = Math.max(this.maxTime, milliseconds);
    this.histogram.record(Math.min(Math.max(1, Math.round(milliseconds * 1000)), MAX_MICROSECONDS));
  }

  read(): DeliveryMetrics {
    const ended = this.succeeded + this.failed;
    return {
      totalDispatches: this.started,
      successfulDispatches: this.succeeded,
      failedDispatches: this.failed,
      averageExecutionTime: ended === 0 ? 0 : this.totalTime / ended,
      minExecutionTime: ended === 0 ? 0 : this.minTime,
      maxExecutionTime: this.maxTime,
      percentiles: {
        p50: this.percentile(50),
        p90: this.percentile(90),
        p95: this.percentile(95),
        p99: this.percentile(99),
      },
    };
  }

  /** The histogram rounds up to the end of a bucket, which may lie past the longest time. */
  private percentile(percentile: number): number {
    return Math.min(this.histogram.percentile(percentile) / 1000, this.maxTime);
  }
}

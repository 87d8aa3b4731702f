/** @returns the value below which so large a part of the others is */
export function percentile(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}

export const median = (values) => percentile(values, 0.5);

/** What is in the middle, and how far the rest is spread around it, without the extremes. */
export function summarize(values) {
  return { median: median(values), p10: percentile(values, 0.1), p90: percentile(values, 0.9) };
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rows that hold one contender against another, and what was wanted against what was measured. */
import { summarize } from './statistics.mjs';

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const UNITS = {
  ns: { isCost: true, digits: 0 },
  µs: { isCost: true, digits: 1 },
  ms: { isCost: true, digits: 2 },
  bytes: { isCost: true, digits: 0 },
  kB: { isCost: true, digits: 0 },
  '/s': { isCost: false, digits: 0 },
};

export const atMost = (limit) => ({ isMax: true, isMet: (value) => value <= limit, text: `≤ ${limit}` });
export const atLeast = (limit) => ({ isMax: false, isMet: (value) => value >= limit, text: `≥ ${limit}` });

/**
 * @param ours what this library took, a value for each round; likewise `theirs`
 * @param wanted `atMost()` of what it may cost in proportion to theirs, `atLeast()` of how many times as fast it is to be
 * @param isProportion whether to say what it costs in proportion where nothing is wanted
 */
export function compare({ title, ours, theirs, peer, unit, wanted, isProportion = wanted?.isMax === true }) {
  const isInverse = UNITS[unit].isCost && !isProportion;
  const ratios = ours.map((value, index) => (isInverse ? theirs[index] / value : value / theirs[index]));
  const words = isProportion ? '× the cost' : '× as fast';
  return toRow(
    title,
    format(summarize(ours).median, unit),
    `${peer}: ${format(summarize(theirs).median, unit)}`,
    {
      values: ratios,
      show: toRatio,
      wanted,
      unit: words,
    },
  );
}

/** What this library adds to something, in the unit itself. */
export function compareDifference({ title, ours, theirs, peer, unit, wanted }) {
  const differences = ours.map((value, index) => value - theirs[index]);
  return toRow(
    title,
    format(summarize(ours).median, unit),
    `${peer}: ${format(summarize(theirs).median, unit)}`,
    {
      values: differences,
      show: (value) => `${value < 0 ? '−' : '+'}${toText(Math.abs(value), unit)}`,
      wanted,
      unit,
    },
  );
}

/** What is held against a limit and nothing else. */
export function amount({ title, values, unit, wanted }) {
  return toRow(title, '', '', { values, show: (value) => toText(value, unit), wanted, unit });
}

export function toComparison(title, rows) {
  return {
    title,
    head: ['what', 'this library', 'beside it', 'measured (p10 to p90)', 'wanted', 'met'],
    rows,
  };
}

export function format(value, unit) {
  return UNITS[unit].isCost ? `${toText(value, unit)} ${unit}` : `${toText(value, unit)}${unit}`;
}

function toText(value, unit) {
  const { digits } = UNITS[unit];
  const shown = Math.abs(value) < 10 ? digits : Math.min(digits, 1);
  return shown === 0 ? number.format(value) : value.toFixed(shown);
}

const toRatio = (ratio) => ratio.toFixed(ratio < 10 ? 2 : 1);

function toRow(title, ours, beside, { values, show, wanted, unit }) {
  const { median, p10, p90 } = summarize(values);
  const spread = values.length === 1 ? '' : ` (${show(p10)} to ${show(p90)})`;
  const suffix = /^[×/]/.test(unit) ? unit : ` ${unit}`;
  return [
    title,
    ours,
    beside,
    `${show(median)}${suffix}${spread}`,
    wanted === undefined ? '' : wanted.text + (unit.startsWith('×') ? '×' : suffix),
    wanted === undefined ? '' : wanted.isMet(median) ? 'yes' : 'no',
  ];
}

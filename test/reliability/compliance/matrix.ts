import { appendFileSync } from 'node:fs';

/** What a scenario has shown of an engine. */
export interface Finding {
  /** Where it is in the matrix: smaller ones first. */
  readonly order: number;
  readonly area: string;
  readonly id: string;
  readonly title: string;
  readonly engine: string;
  readonly status: 'holds' | 'broken' | 'not run';
  readonly figure: string;
}

/** Keeps a finding for the matrix that is printed at the end, when all processes of the test runner have theirs. */
export function record(finding: Finding): void {
  const file = process.env['RELIABILITY_FINDINGS'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(finding)}\n`);
}

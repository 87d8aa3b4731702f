/** A column of a table. */
export interface Column<TRow> {
  readonly title: string;
  /** Numbers are aligned at their right. */
  readonly value: (row: TRow) => string | number;
}

/** Rows as plain text, in columns that are as wide as they need be. */
export function renderTable<TRow>(columns: readonly Column<TRow>[], rows: readonly TRow[]): string {
  const cells = rows.map((row) => columns.map(({ value }) => value(row)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => toCell(row[index]).length)),
  );
  const renderRow = (row: readonly (string | number)[]): string =>
    row
      .map((cell, index) => {
        const width = widths[index]!;
        return typeof cell === 'number' ? toCell(cell).padStart(width) : toCell(cell).padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const titles = columns.map(({ title }, index) =>
    typeof cells[0]?.[index] === 'number' ? title.padStart(widths[index]!) : title,
  );
  return [titles, ...cells].map(renderRow).join('\n');
}

/** What is stored may hold anything; it must neither break the table nor tell the terminal what to do. */
function toCell(value: string | number | undefined): string {
  return String(value ?? '').replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

/** `1 delivery`, `2 deliveries`. */
export function countOf(count: number, singular: string, plural: string): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

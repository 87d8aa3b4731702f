const isNumeric = (column, rows) => rows.every((row) => /^[−+\d]/.test(row[column]) || row[column] === '');

/** A table for a terminal, its columns aligned. */
export function toText({ title, head, rows }) {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column].length)));
  const line = (cells) =>
    cells
      .map((cell, column) =>
        isNumeric(column, rows) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [title, rule, line(head), rule, ...rows.map(line), ''].join('\n');
}

export function toMarkdown({ title, head, rows }) {
  const rule = toRow(head.map((_, column) => (isNumeric(column, rows) ? '---:' : '---')));
  return [`**${title}**`, '', toRow(head), rule, ...rows.map(toRow), ''].join('\n');
}

function toRow(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

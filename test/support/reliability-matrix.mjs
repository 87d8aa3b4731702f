/** In which order engines are shown. */
const ORDER = ['embedded (PGlite)', 'PostgreSQL', 'Redis'];

const MARKS = { holds: '✓', broken: '✗', 'not run': '–' };

/** A row for each scenario, with what each engine has shown last. */
function toRows(findings) {
  const rows = new Map();
  for (const { area, id, title, engine, ...cell } of findings.toSorted((a, b) => a.order - b.order)) {
    const key = `${area}/${id}/${title}`;
    const row = rows.get(key) ?? { area, id, title, cells: new Map() };
    row.cells.set(engine, cell);
    rows.set(key, row);
  }
  return [...rows.values()];
}

function findEngines(findings) {
  const found = new Set(findings.map(({ engine }) => engine));
  return [...ORDER.filter((engine) => found.delete(engine)), ...found];
}

/** For a terminal. */
export function toText(findings) {
  const engines = findEngines(findings);
  const lines = toRows(findings).flatMap(({ id, title, cells }) => [
    `${id}: ${title}`,
    ...engines
      .filter((engine) => cells.has(engine))
      .map((engine) =>
        `  ${MARKS[cells.get(engine).status]} ${engine}: ${cells.get(engine).figure}`.replace(/: $/, ''),
      ),
  ]);
  return ['What holds, by engine:', ...lines].join('\n');
}

/** For a page: a table for each area. */
export function toMarkdown(findings) {
  const engines = findEngines(findings);
  const areas = Map.groupBy(toRows(findings), ({ area }) => area);
  return [...areas].map(([area, rows]) => toTable(area, rows, engines)).join('\n');
}

function toTable(area, rows, engines) {
  const lines = rows.map(({ id, title, cells }) =>
    toLine([`${id}: ${title}`, ...engines.map((engine) => toCell(cells.get(engine)))]),
  );
  const head = [toLine([area, ...engines]), toLine(['---', ...engines.map(() => '---')])];
  return `### ${area}\n\n${[...head, ...lines].join('\n')}\n`;
}

function toCell(cell) {
  return cell === undefined ? '' : `${MARKS[cell.status]} ${cell.figure}`.trim();
}

function toLine(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

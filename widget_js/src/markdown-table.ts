/** GFM tables: a row's cells, and what the line under the first row says. */

export function cells(row: string): string[] {
  const inner = row.trim().replace(/^\||(?<!\\)\|$/g, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** The alignment of each column, or null if it is not such a line. */
export function columns(line: string): string[] | null {
  const sides = cells(line).map((cell) => /^(:?)-+(:?)$/.exec(cell));
  return sides.includes(null) ? null : sides.map((match) => (match![1] ? (match![2] ? 'center' : 'left') : match![2] ? 'right' : ''));
}

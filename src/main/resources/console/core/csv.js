/** A value as a field of a table: quoted where it must be, and never taken for a formula by the program that opens it. */
function field(value) {
  const words = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r\0]/.test(words) ? `'${words}` : words;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands a table to the browser as a file; the mark at its beginning tells spreadsheets that it is UTF-8. */
export function download(name, lines) {
  const file = new Blob(['\ufeff', lines.map((line) => line.map(field).join()).join('\r\n'), '\r\n'], { type: 'text/csv;charset=utf-8' });
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

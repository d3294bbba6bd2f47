/** The first line of every generated page. */
export function generatedNote(source: string): string {
  return `<!-- Generated from ${source} by npm run docs; change it there. -->`;
}

/** Text of documents for a terminal: without their marks, in lines of at most 100 columns. */

const COLUMNS = 100

/** Every line begins with `indent`. A word longer than a line stays whole. */
export function wrap(text: string, indent: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > COLUMNS) {
      lines.push(indent + line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, indent + line].join('\n')
}

/** Links between pages become their paths. */
export function plain(doc: string): string {
  return doc.replaceAll('`', '').replaceAll(/\[[^\]]+\]\(([\w-]+\.md)\)/g, 'docs/$1')
}

/**
 * Headers as one flat list: name, value, name, value … the form in which Node and the upstream connection give them.
 */

/** Past the end there is nothing: a name without a value has an empty one. */
export function textAt(list: readonly string[], index: number): string {
  return list[index] ?? ''
}

/** In order, one for each line of this lower-case name. */
export function valuesOf(list: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    if (textAt(list, i).toLowerCase() === name) values.push(textAt(list, i + 1))
  }
  return values
}

/** The list without the headers of these lower-case names. */
export function dropNames(list: readonly string[], names: ReadonlySet<string>): string[] {
  return list.filter((_, index) => !names.has(textAt(list, index - (index % 2)).toLowerCase()))
}

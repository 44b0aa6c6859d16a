/** Foreign names as names that fit here. */

/** Lower case with dashes and underscores, for agents and documents; undefined where no letter is left. */
export function slugOf(name: string, most = 64): string | undefined {
  const slug = withoutAccents(name).toLowerCase().replace(/[^a-z0-9_-]+/g, '-').replace(/-{2,}/g, '-').replace(/^[^a-z]+/, '').slice(0, most).replace(/[-_]+$/, '')
  return slug === '' ? undefined : slug
}

/** Lower snake case, for tools and nodes; words are told apart by their capitals. */
export function snakeOf(name: string): string | undefined {
  return snaked(name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z])([A-Z][a-z])/g, '$1_$2'))
}

function snaked(name: string): string | undefined {
  const slug = withoutAccents(name).toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+/, '').slice(0, 64).replace(/_+$/, '')
  return slug === '' ? undefined : slug
}

function withoutAccents(name: string): string {
  return name.slice(0, 400).normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
}

/** Ways in which a tool may be called here, the likeliest first: as it is, in lower case, by its words. */
export function toolCandidates(name: string): string[] {
  return [...new Set([name, snaked(name), snakeOf(name)].filter((one): one is string => one !== undefined && /^[a-z][a-z0-9_]{0,63}$/.test(one)))]
}

/** A name that is not taken yet: with a number behind it where it is. */
export function freeName(name: string, taken: { has(name: string): boolean }, between = '-'): string {
  if (!taken.has(name)) return name
  for (let n = 2; ; n++) {
    const other = `${name.slice(0, 64 - between.length - String(n).length)}${between}${n}`
    if (!taken.has(other)) return other
  }
}

/** Globs over names of tools: `*` stands for any characters. */

function globToTest(glob: string): (name: string) => boolean {
  const parts = glob.split('*')
  if (parts.length === 1) return (name) => name === glob
  return (name) => {
    if (!name.startsWith(parts[0]!)) return false
    let at = parts[0]!.length
    for (const part of parts.slice(1, -1)) {
      const found = name.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    const last = parts.at(-1)!
    return name.length - last.length >= at && name.endsWith(last)
  }
}

/** Whether a name fits one of the globs. */
export function matchesGlob(globs: readonly string[], name: string): boolean {
  return globs.some((glob) => globToTest(glob)(name))
}

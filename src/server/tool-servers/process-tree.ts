/** Processes below a process: what `npx` and shells start in between does not end with them. */
import { readdirSync, readFileSync } from 'node:fs'

/** Ids of all processes below one, as Linux tells them; elsewhere, and where nobody tells, none. */
export function processesBelow(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of folderNames()) {
    const parent = parentOf(name)
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const below: number[] = []
  for (let todo = [pid]; todo.length;) {
    const next = todo.flatMap((one) => children.get(one) ?? []).filter((one) => !below.includes(one))
    below.push(...next)
    todo = next
  }
  return below
}

/** Ends a process and all below it, at once. */
export function killTree(pid: number): void {
  for (const one of [...processesBelow(pid), pid]) {
    try {
      process.kill(one, 'SIGKILL')
    } catch {
      // It is gone already.
    }
  }
}

function folderNames(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

function parentOf(pid: string): number | undefined {
  try {
    // The name of the program stands in brackets and may hold anything.
    const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]
    return parent === undefined ? undefined : Number(parent)
  } catch {
    return undefined
  }
}

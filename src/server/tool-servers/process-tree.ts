/** Processes of servers of others: what `npx`, shells and daemons start in between does not end with them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { randomUUID } from 'node:crypto'

/** The variable by which processes of a server are known, whoever became their parent. */
export const MARK = 'FRACTAL_GYM_SERVER'

/** Looks for processes until none is found, or so often: one may be started while another is ended. */
const MOST_PASSES = 5

/** A mark for the processes of one server: it names this gym, so that another one can tell whether that is still alive. */
export function newMark(): string {
  return `${ownName()}-${randomUUID()}`
}

/** Names this process among all that can see the same processes. */
export function ownName(): string {
  return `${process.pid}-${space()}`
}

/** Whether a process that `ownName` named is over, so that what it left is nobody's. Of other spaces nothing is known. */
export function isOver(name: string): boolean {
  const [, pid, of] = /^(\d+)-(\w+)/.exec(name) ?? []
  if (pid === undefined || of !== space()) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Numbers of processes mean something in their own space only: in containers that share a folder they do not. */
function space(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 'all'
  } catch {
    return 'all'
  }
}

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

/** Ends a process and all below it, and all that bear a mark, at once. On Linux; elsewhere the process alone. */
export function endServer(pid: number | null, mark: string): void {
  if (pid !== null) kill([...processesBelow(pid), pid])
  endMarked((found) => found === mark)
}

/** Ends what servers left whose gym is over. */
export function endOrphans(): void {
  endMarked(isOver)
}

function endMarked(isMeant: (mark: string) => boolean): void {
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const marked = folderNames().filter((name) => {
      const mark = markOf(name)
      return mark !== undefined && isMeant(mark)
    })
    if (!marked.length) return
    kill(marked.map(Number))
  }
}

function kill(pids: readonly number[]): void {
  for (const one of pids) {
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

/** The mark with which a process was started; what is over, or somebody else's, has none. */
function markOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').find((entry) => entry.startsWith(`${MARK}=`))?.slice(MARK.length + 1)
  } catch {
    return undefined
  }
}

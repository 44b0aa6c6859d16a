/** What the import of tools has to say: what was widened, lost, renamed or made up. Collected, never thrown. */

/** A remark; `path` is the tool and the place in its arguments, such as `create_issue.labels[]`. */
export type Remark = { readonly path: string; readonly message: string }

/** Where a reader of schemas leaves its remarks. */
export type Say = (path: string, message: string) => void

/** Remarks after which no more are kept. */
const ENOUGH = 200
/** Characters of a path or a message, so that no foreign text floods a terminal. */
const MOST_CHARACTERS = 300

const cut = (text: string): string => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text)

/** Collects remarks of one tool; the same one is kept once. */
export function collectRemarks(): { readonly remarks: Remark[]; readonly say: Say } {
  const remarks: Remark[] = []
  const known = new Set<string>()
  const say: Say = (path, message) => {
    const remark = { path: cut(path), message: cut(message) }
    const key = JSON.stringify(remark)
    if (remarks.length >= ENOUGH || known.has(key)) return
    known.add(key)
    remarks.push(remark)
  }
  return { remarks, say }
}

/** A complaint about a specification, as compilers write them. */
import type { Complaint } from '../spec/complaint.ts'

/** `file:line:column: what is wrong (code); expected …; did you mean …?` */
export function writeComplaint({ file, line, column, message, code, expected, nearest }: Complaint): string {
  const more = [expected && `expected ${expected}`, nearest && `did you mean ${nearest}?`].filter(Boolean).join('; ')
  return `${file}:${line}:${column}: ${message} (${code})${more ? `; ${more}` : ''}`
}

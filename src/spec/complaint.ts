/** Complaints about a specification: collected, all at once, with the place they are about. */
import type { Complaint as WireComplaint } from '../../protocol/report.ts'

export type Path = readonly (string | number)[]

/** A complaint by path inside its document. */
export type Finding = {
  readonly code: string
  readonly message: string
  readonly path: Path
  /** About the key at the end of the path, not about its value. */
  readonly key?: true
  /** Characters into the value at the path, for expressions. */
  readonly offset?: number
  readonly expected?: string
  readonly nearest?: string
}

/** A complaint as a person and an editor read it. */
export type Complaint = Readonly<WireComplaint>

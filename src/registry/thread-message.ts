/** What the server and its admission thread say to each other. */
import type { AdmissionReport, Complaint } from '../../protocol/report.ts'
import type { SampledRun } from '../admit/sample.ts'
import type { SpecFile } from '../spec/read-documents.ts'

/** What a thread is to do: the whole gate, or the sample once more, against the runs of the first thread. */
export type Order = {
  readonly files: readonly SpecFile[]
  /** Data beside the files: text by name. */
  readonly data?: Readonly<Record<string, string>>
  readonly around: readonly SpecFile[]
  readonly pick?: string
  readonly seeds: number
  /** Whether the robust oracle is held to every profile, or only to the default one. */
  readonly allProfiles: boolean
  readonly compare?: readonly SampledRun[]
}

/** The head of a report: what is known as soon as the scenario compiles. */
export type Compiled = Pick<AdmissionReport, 'name' | 'digest' | 'engine' | 'scenario' | 'tasks' | 'tools'> & { readonly borrowed: readonly string[]; /** CPU time of the compilation. */ readonly ms: number }

/** A run of the sample that came out different. */
export type Difference = { readonly run: SampledRun; readonly first: string; readonly transcript: string }

export type ThreadMessage =
  | { readonly type: 'begun'; /** CPU time that the thread's start took. */ readonly cpuMs: number }
  | { readonly type: 'complaints'; readonly complaints: readonly Complaint[] }
  | { readonly type: 'compiled'; readonly compiled: Compiled }
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'report'; readonly report: AdmissionReport; readonly sample: readonly SampledRun[] }
  | { readonly type: 'compared'; readonly tried: number; readonly differences: readonly Difference[] }
  | { readonly type: 'fault'; readonly stack: string }

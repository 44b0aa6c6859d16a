/** Where specifications are admitted: one at a time, off the event loop, behind a short queue. */
import type { AdmissionCheck, AdmissionReport } from '../../protocol/report.ts'
import { GymError } from '../core/gym-error.ts'
import { PastBounds, runThread, type ThreadBounds } from './thread.ts'
import type { Compiled, Difference, Order } from './thread-message.ts'
import type { SampledRun } from '../admit/sample.ts'

export type AdmissionBounds = ThreadBounds & {
  /** Specifications that may wait. */
  readonly queue: number
  /** Seeds that each task template is tried with. */
  readonly seeds: number
}

export const ADMISSION_BOUNDS: AdmissionBounds = { timeMs: 60_000, compileMs: 1000, memoryMb: 512, queue: 8, seeds: 8 }

const RETRY_AFTER_MS = 2000

/** A specification that passed. */
export type Admission = { readonly report: AdmissionReport; readonly borrowed: readonly string[] }

export type Applicant = {
  readonly order: Omit<Order, 'seeds' | 'allProfiles' | 'compare'> & Partial<Pick<Order, 'seeds' | 'allProfiles'>>
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal
  readonly onProgress?: (share: number) => void
  /** Told what the scenario is once it compiles; what it returns is the answer, and nothing is tried. */
  readonly onCompiled?: (compiled: Compiled) => AdmissionReport | undefined
}

function complaining(message: string, complaints: readonly unknown[]): GymError {
  return new GymError('GYM_SPEC', message, { complaints })
}

/** A report of nothing but one check that failed. */
function reportOf({ name, digest, engine, scenario, tasks, tools }: Compiled, seeds: number, check: AdmissionCheck): AdmissionReport {
  return { format: 'fractal-gym.report/1', ok: false, name, digest, engine, scenario, tasks, tools, seeds, episodes: 0, checks: [check], costs: [], check_costs: [], mutations: [], rewards: {} }
}

function limitCheck(found: string): AdmissionCheck {
  return { id: 'limits', about: 'compiling and admission stay within their time and memory', ok: false, tried: 1, failed: 1, detail: found, examples: [{ found }] }
}

/** The check that two fresh threads play the same. */
function threadsCheck(tried: number, differences: readonly Difference[]): AdmissionCheck {
  const examples = differences.map(({ run: { task, seed, policy, hash }, first, transcript }) => ({ task, seed, policy, found: `hash ${first.slice(0, 16)} in one thread, ${hash.slice(0, 16)} in the other`, ...(transcript !== '' && { transcript }) }))
  const failed = differences.length
  return { id: 'threads', about: 'two fresh threads play the same episodes to the same hashes', ok: failed === 0, tried, failed, detail: failed === 0 ? `${tried} of ${tried}` : `${failed} of ${tried} differ; ${examples[0]!.task}: ${examples[0]!.found}`, examples }
}

/** @throws GymError GYM_NOT_ADMITTED with the report */
function insist(report: AdmissionReport): AdmissionReport {
  if (report.ok) return report
  const failed = report.checks.filter(({ ok }) => !ok).map(({ id, detail }) => `${id} (${detail.slice(0, 200)})`)
  throw new GymError('GYM_NOT_ADMITTED', `${report.name} is not admitted: ${failed.join('; ')}`, { report })
}

export class AdmissionDesk {
  readonly bounds: AdmissionBounds
  readonly #waiting: (() => void)[] = []
  #busy = false

  constructor(bounds: AdmissionBounds = ADMISSION_BOUNDS) {
    this.bounds = bounds
  }

  /** Specifications being tried or waiting. */
  get load(): number {
    return this.#waiting.length + (this.#busy ? 1 : 0)
  }

  /**
   * Admits a scenario when its turn has come.
   * @throws GymError GYM_SPEC with all complaints, GYM_NOT_ADMITTED with the report, GYM_BUSY when too many wait,
   *   GYM_SHUTTING_DOWN when the applicant is gone
   */
  async admit(applicant: Applicant): Promise<Admission> {
    await this.#turn(applicant.gone)
    try {
      return await this.#admit(applicant)
    } finally {
      this.#busy = false
      this.#waiting.shift()?.()
    }
  }

  #turn(gone: AbortSignal): Promise<void> | undefined {
    if (gone.aborted) throw new GymError('GYM_SHUTTING_DOWN', 'the connection or the server is closing')
    if (!this.#busy) {
      this.#busy = true
      return undefined
    }
    const limit = this.bounds.queue
    if (this.#waiting.length >= limit) throw new GymError('GYM_BUSY', `${limit} specifications are waiting for admission already`, { limit, retry_after_ms: RETRY_AFTER_MS })
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        gone.removeEventListener('abort', leave)
        this.#busy = true
        resolve()
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(new GymError('GYM_SHUTTING_DOWN', 'the connection or the server is closing'))
      }
      gone.addEventListener('abort', leave, { once: true })
      this.#waiting.push(enter)
    })
  }

  async #admit({ order: given, gone, onProgress, onCompiled }: Applicant): Promise<Admission> {
    const order: Order = { seeds: this.bounds.seeds, allProfiles: false, ...given }
    let compiled: Compiled | undefined
    let report: AdmissionReport | undefined
    let sample: readonly SampledRun[] = []
    let known = false
    try {
      await runThread(order, this.bounds, gone, (message) => {
        if (message.type === 'complaints') throw complaining(spellCount(message.complaints.length), message.complaints)
        if (message.type === 'progress') onProgress?.(message.share * 0.9)
        if (message.type === 'compiled') {
          compiled = message.compiled
          report = onCompiled?.(compiled)
          known = report !== undefined
          if (compiled.ms > this.bounds.compileMs) throw new PastBounds(`compiling takes ${Math.round(compiled.ms)} ms, more than ${this.bounds.compileMs}`)
        }
        if (message.type === 'report') ({ report, sample } = message)
        return report ? 'enough' : 'go on'
      })
      if (known || !report!.ok) return { report: insist(report!), borrowed: compiled!.borrowed }
      return { report: await this.#again(order, report!, sample, gone), borrowed: compiled!.borrowed }
    } catch (error) {
      if (!(error instanceof PastBounds)) throw error
      if (!compiled) throw complaining(error.message, [{ code: 'limit', message: error.message, file: order.files[0]?.file ?? '', line: 1, column: 1, expected: 'a smaller specification' }])
      throw new GymError('GYM_NOT_ADMITTED', `${compiled.name} is not admitted: ${error.message}`, { report: reportOf(compiled, order.seeds, limitCheck(error.message)) })
    }
  }

  /** Plays the sample in a second thread and adds the check to the report. */
  async #again(order: Order, report: AdmissionReport, sample: readonly SampledRun[], gone: AbortSignal): Promise<AdmissionReport> {
    let check: AdmissionCheck | undefined
    await runThread({ ...order, compare: sample }, this.bounds, gone, (message) => {
      if (message.type !== 'compared') return 'go on'
      check = threadsCheck(message.tried, message.differences)
      return 'enough'
    })
    return insist({ ...report, ok: check!.ok, checks: [...report.checks, check!] })
  }
}

function spellCount(complaints: number): string {
  return complaints === 1 ? 'the specification has a complaint' : `the specification has ${complaints} complaints`
}

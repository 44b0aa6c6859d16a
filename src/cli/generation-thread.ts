/** A thread of the audit of generation: does the jobs that it is sent, one after another. */
import { isMainThread, parentPort } from 'node:worker_threads'
import { MEASURES, measureOne } from '../audit/difficulty.ts'
import { AUDITED, auditDraw, auditSeed, type DrawRecord } from '../audit/draw-record.ts'
import type { Admitted } from '../audit/generation-report.ts'
import { generate } from '../generate/generate.ts'
import { parseReference } from '../generate/reference.ts'
import { admittedPart } from '../supply/admitted-part.ts'
import { embeddedProfiles, embeddedSupply, embeddedThemes } from './embedded-supply.ts'

/** Places in the audit from `from` up to `to`, the latter not included. */
export type Job = { readonly from: number; readonly to: number } & ({ readonly kind: 'draw' | 'again' | 'admit' } | { readonly kind: 'measure'; /** Of `MEASURES`, and of its levels. */ readonly measure: number; readonly level: number })

export type Done =
  | { readonly kind: 'draw' | 'again'; readonly records: readonly DrawRecord[]; /** Milliseconds of each draw. */ readonly ms: readonly number[] }
  | ({ readonly kind: 'admit' } & Admitted)
  | { readonly kind: 'measure'; readonly measure: number; readonly level: number; readonly from: number; readonly rewards: readonly number[] }

const supply = embeddedSupply()
const reference = parseReference(AUDITED)

function placesOf({ from, to }: Job): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

function draw(kind: 'draw' | 'again', job: Job): Done {
  const ms: number[] = []
  const timed = <T>(make: () => T): T => {
    const began = performance.now()
    const made = make()
    ms.push(performance.now() - began)
    return made
  }
  return { kind, records: placesOf(job).map((index) => auditDraw(supply, (seed, attempt) => generate(reference, seed, attempt, embeddedThemes()).blueprint, index, timed)), ms }
}

function admit(job: Job): Done {
  const whole = placesOf(job).map((index) => {
    const seed = auditSeed(index)
    const { documents } = supply.find(AUDITED, seed)
    const { documents: part, left } = admittedPart(documents, embeddedProfiles())
    return { templates: Object.keys(documents.scenario.tasks).length, left: left.map((each) => ({ seed, ...each })), lost: part ? [] : [seed] }
  })
  return { kind: 'admit', scenarios: whole.length, templates: whole.reduce((sum, { templates }) => sum + templates, 0), left: whole.flatMap(({ left }) => left), lost: whole.flatMap(({ lost }) => lost) }
}

function doJob(job: Job): Done {
  switch (job.kind) {
    case 'draw': case 'again': return draw(job.kind, job)
    case 'admit': return admit(job)
    case 'measure': {
      const measure = MEASURES[job.measure]!
      return { kind: 'measure', measure: job.measure, level: job.level, from: job.from, rewards: placesOf(job).map((index) => measureOne(supply, measure, measure.levels[job.level]!, index)) }
    }
  }
}

if (!isMainThread) parentPort!.on('message', (job: Job) => parentPort!.postMessage(doJob(job)))

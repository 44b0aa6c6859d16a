/** A thread of the audit of generation: does the jobs that it is sent, one after another. */
import { isMainThread, parentPort } from 'node:worker_threads'
import { admitScenario } from '../admit/admit.ts'
import { MEASURES, measureOne } from '../audit/difficulty.ts'
import { AUDITED, auditDraw, auditSeed, type DrawRecord } from '../audit/draw-record.ts'
import { generate } from '../generate/generate.ts'
import { parseReference } from '../generate/reference.ts'
import { embeddedSupply, embeddedThemes } from './embedded-supply.ts'

/** Seeds of each template that whole admission tries, as `validate` does. */
const SEEDS = 20

/** Places in the audit from `from` up to `to`, the latter not included. */
export type Job = { readonly from: number; readonly to: number } & ({ readonly kind: 'draw' | 'again' | 'admit' } | { readonly kind: 'measure'; /** Of `MEASURES`, and of its levels. */ readonly measure: number; readonly level: number })

export type Done =
  | { readonly kind: 'draw' | 'again'; readonly records: readonly DrawRecord[]; /** Milliseconds of each draw. */ readonly ms: readonly number[] }
  | { readonly kind: 'admit'; readonly tried: number; readonly failures: readonly { readonly seed: number; readonly found: string }[] }
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
  const failures = placesOf(job).flatMap((index) => {
    const seed = auditSeed(index)
    const { scenario, documents } = supply.find(AUDITED, seed)
    const { dynamics } = documents.scenario
    const { ok, checks } = admitScenario(scenario, { seeds: SEEDS, spec: documents.scenario, ...(typeof dynamics === 'string' && { profiles: [dynamics] }) })
    return ok ? [] : [{ seed, found: checks.filter((check) => !check.ok).map(({ id, detail }) => `${id}: ${detail.slice(0, 300)}`).join('; ') }]
  })
  return { kind: 'admit', tried: job.to - job.from, failures }
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

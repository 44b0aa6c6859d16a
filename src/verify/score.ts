/** From checks to a verdict: the product of the gates times the weighted mean of the rest. */
import { USER_FRAME } from '../../protocol/event.ts'
import type { Component, Verdict } from '../../protocol/verdict.ts'
import { VERIFIER_VERSION } from '../core/engine-version.ts'
import type { EpisodeView } from '../episode/task.ts'
import type { CompiledCheck, Finding } from './compiled-check.ts'
import { issuesOf } from './issue.ts'
import { remarksOf } from './remarks.ts'
import { slipsOf } from './slip.ts'

const UNIT = 1048576

/** A score as a multiple of 2^-20; only full success is 1, rounding never reaches it. */
export function quantise(score: number, full: boolean): number {
  if (full) return 1
  return Math.min(UNIT - 1, Math.max(0, Math.floor(score * UNIT))) / UNIT
}

/** Scores an ended episode. */
export function verifyEpisode(checks: readonly CompiledCheck[], view: EpisodeView): Verdict {
  const findings = checks.map((check) => check.run(view))
  const components = checks.map((check, i) => component(check, findings[i]!))
  const full = findings.every((finding) => finding.score === 1)
  const gatesHold = checks.every((check, i) => !check.gate || findings[i]!.score === 1)
  const graded = checks.map((check, i) => ({ weight: check.weight, score: findings[i]!.score, gate: check.gate })).filter((check) => !check.gate)
  const weight = graded.reduce((sum, check) => sum + check.weight, 0)
  const mean = weight > 0 ? graded.reduce((sum, check) => sum + check.weight * check.score, 0) / weight : 1
  return {
    verifier: VERIFIER_VERSION,
    status: 'scored',
    reward: gatesHold ? quantise(mean, full) : 0,
    success: full,
    gates: Object.fromEntries(checks.flatMap((check, i) => (check.gate ? [[check.id, findings[i]!.score === 1]] : []))),
    components,
    milestones: checks.flatMap((check, i) => (findings[i]!.milestones ?? []).map((one) => ({ check: check.id, ...one }))),
    issues: [...checks.flatMap((check, i) => issuesOf(check, findings[i]!, view.events)), ...remarksOf(view)],
    metrics: measure(view),
  }
}

function component(check: CompiledCheck, finding: Finding): Component {
  return { id: check.id, kind: check.kind, gate: check.gate, weight: check.weight, score: finding.score, evidence: finding.evidence }
}

function measure(view: EpisodeView): Record<string, number> {
  const { events, clockMs } = view
  let turns = 0
  let calls = 0
  let errors = 0
  let rejected = 0
  for (const event of events) {
    if (event.type === 'turn') turns++
    else if (event.type === 'call' && event.frame !== USER_FRAME) {
      calls++
      if (event.is_error) errors++
      if (event.rejected) rejected++
    }
  }
  return { turns, calls, tool_errors: errors, rejected_calls: rejected, slips: slipsOf(view).length, clock_ms: clockMs }
}

/**
 * Progress towards the checks that the state alone decides: 0 at the start, in multiples of 2^-20.
 * A stray change makes it 0. It is a potential: shaping that pays its changes alters no optimal policy.
 */
export function progressOf(checks: readonly CompiledCheck[], view: EpisodeView, start: number): number {
  if (checks.some((check) => check.guards && !standsNow(check, view))) return 0
  const { held, of } = countHeld(checks, view)
  if (of <= start) return 0
  return quantise(Math.max(0, held - start) / (of - start), false)
}

/** Whether a check that guards has nothing to object to as things stand. */
export function standsNow(check: CompiledCheck, view: EpisodeView): boolean {
  return check.stands ? check.stands(view) : check.run(view).score === 1
}

/** How many of the predicates hold. */
export function countHeld(checks: readonly CompiledCheck[], view: EpisodeView): { held: number; of: number } {
  let held = 0
  let of = 0
  for (const check of checks) {
    const part = check.progress?.(view)
    held += part?.held ?? 0
    of += part?.of ?? 0
  }
  return { held, of }
}

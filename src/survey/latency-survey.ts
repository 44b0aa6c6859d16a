/** How long the calls of each tool take under a profile: drawn on the way of real calls. */
import { type Key, keyOf, word } from '../core/keyed.ts'
import { beginCall, finishCall } from '../dynamics/call-way.ts'
import type { CompiledDynamics } from '../dynamics/compiled-dynamics.ts'
import { DynamicsState } from '../dynamics/dynamics-state.ts'
import type { ToolTraits } from '../dynamics/passage.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { percentile } from '../statistics/percentile.ts'
import { type CallSample, sampleCalls, surveySeed } from './call-sample.ts'
import { type Axis, spreadAxis } from './axis.ts'
import { meanOf } from './figure.ts'

/** A session calls each of so many tools at most, so often, one call after another. */
export const SESSION_TOOLS = 8
export const SESSION_ROUNDS = 5
/** From an answer to the next call. */
export const PACE_MS = 1000

export type ToolLatency = {
  readonly tool: string
  readonly effect: 'read' | 'write'
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly mean: number
  /** Milliseconds, ascending. */
  readonly draws: readonly number[]
}

/** Reads first, then writes, by name. */
export type LatencySurvey = { /** For each tool. */ readonly draws: number; readonly tools: readonly ToolLatency[] }

/**
 * Draws latencies for every tool that the agent has. Sessions have a luck of their own each, and arguments and answers
 * as the tools are really called; whether the dynamics answer or the tool does, what counts is the time until the
 * answer.
 * @param least how many for each tool; whole sessions are made
 * @param progress is told the share that is done
 */
export function surveyLatency(scenario: CompiledScenario, dynamics: CompiledDynamics, intensity: number, least: number, progress: (share: number) => void): LatencySurvey {
  const tools = scenario.tools.flatMap((name) => dynamics.tools.get(name) ?? [])
  const samples = sampleCalls(scenario)
  const taken = new Map(tools.map(({ name }) => [name, [] as number[]]))
  const groups = Math.ceil(tools.length / SESSION_TOOLS)
  const size = Math.ceil(tools.length / Math.max(1, groups))
  const passes = Math.ceil(least / SESSION_ROUNDS)
  for (let pass = 0; pass < passes; pass++) {
    const order = shuffled(tools, keyOf(['survey groups', pass]))
    for (let group = 0; group < groups; group++) {
      const session = new Session(scenario, dynamics, intensity, pass * groups + group)
      for (let round = 0; round < SESSION_ROUNDS; round++) {
        for (const tool of shuffled(order.slice(group * size, (group + 1) * size), keyOf(['survey round', pass, group, round]))) {
          const known = samples.get(tool.name)
          taken.get(tool.name)!.push(session.call(tool, known?.[(pass * SESSION_ROUNDS + round) % known.length]))
        }
      }
    }
    progress((pass + 1) / passes)
  }
  return { draws: passes * SESSION_ROUNDS, tools: tools.map((tool) => summaryOf(tool, taken.get(tool.name)!)).sort(byEffect) }
}

function shuffled<T>(items: readonly T[], key: Key): T[] {
  return items.map((item, i) => ({ item, place: word(key, i) })).sort((a, b) => a.place - b.place).map(({ item }) => item)
}

/** One caller, alone with the service. */
class Session {
  readonly #state = new DynamicsState()
  readonly #scenario: CompiledScenario
  readonly #dynamics: CompiledDynamics
  readonly #odds: { readonly luck: number; readonly intensity: number }
  #clock = 0

  constructor(scenario: CompiledScenario, dynamics: CompiledDynamics, intensity: number, n: number) {
    this.#scenario = scenario
    this.#dynamics = dynamics
    this.#odds = { luck: surveySeed('latency', n), intensity }
  }

  /** Makes a call and gives the milliseconds until its answer. */
  call(tool: ToolTraits, sample: CallSample = { args: {}, json: undefined }): number {
    const { root, world } = this.#scenario
    const site = { ...this.#odds, framePath: root.name, agent: root.name, start: this.#clock, epoch: world.epoch, event: 0 }
    const passage = beginCall(this.#dynamics, tool, sample.args, {}, this.#state, site)
    if (passage.mode !== 'none' && passage.mode !== 'later') passage.json = sample.json
    finishCall(passage)
    this.#clock += passage.latency + PACE_MS
    return passage.latency
  }
}

function summaryOf({ name, effect }: ToolTraits, taken: number[]): ToolLatency {
  const draws = taken.sort((a, b) => a - b)
  return { tool: name, effect, p50: percentile(draws, 0.5), p90: percentile(draws, 0.9), p99: percentile(draws, 0.99), mean: meanOf(draws), draws }
}

function byEffect(a: ToolLatency, b: ToolLatency): number {
  return a.effect === b.effect ? (a.tool < b.tool ? -1 : 1) : a.effect === 'read' ? -1 : 1
}

/** Of the shortest times so many are left out of an axis. */
const SHORTEST = 0.005

/** An axis for all tools together. */
export function latencyAxis(tools: readonly ToolLatency[], mostTicks: number): Axis {
  return spreadAxis(Math.min(...tools.map(({ draws }) => percentile(draws, SHORTEST))), Math.max(...tools.map(({ draws }) => draws.at(-1) ?? 0)), mostTicks)
}

/** The gym itself: reset, step, fork, snapshot, restore, state hash. Synchronous, without I/O. */
import type { Action } from '../../protocol/action.ts'
import type { Event, FaultMark, StopReason, Trajectory } from '../../protocol/event.ts'
import type { Identity, Snapshot } from '../../protocol/identity.ts'
import type { UserAnswer } from '../../protocol/user-answer.ts'
import type { ResetInfo } from '../../protocol/methods.ts'
import type { Message, Observation, ToolSchema } from '../../protocol/observation.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import { canonicalJson, NotCanonical } from '../core/canonical-json.ts'
import { GymError } from '../core/gym-error.ts'
import { VERIFIER_VERSION } from '../core/engine-version.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import { splitOf } from '../core/split.ts'
import type { CompiledScenario } from './compiled-scenario.ts'
import { advanceWorld } from './advance-world.ts'
import { coercedIn } from './coerced.ts'
import type { CompiledDynamics } from '../dynamics/compiled-dynamics.ts'
import type { Presentation } from '../dynamics/presentation.ts'
import { changedTools, shownTools, toolsNow } from './shown-tools.ts'
import { baseOf, type EpisodeState, forkState, hashState, overlayJson } from './episode-state.ts'
import { deadlineOf } from './deadline.ts'
import { settleEffects } from './late-effect.ts'
import { journalOf } from './journal.ts'
import { type EpisodeRequest, openEpisode, reopenEpisode } from './open-episode.ts'
import { openingOf, payPotential } from './shaping.ts'
import { restart, type StepOutcome, termination, transition, truncation } from './step-outcome.ts'
import type { EpisodeView } from './task.ts'
import { performTurn } from './turn.ts'
import type { Ending } from './ending.ts'
import { readAction } from './turn-action.ts'
import { brokenInvariants } from '../world/invariant.ts'
import { Transaction } from '../world/transaction.ts'

export type { EpisodeRequest } from './open-episode.ts'

/** What is played again to rebuild an episode: an action, or a fork's new luck. */
export type JournalEntry = Snapshot['journal'][number]

export class Episode {
  #state: EpisodeState
  #last: StepOutcome

  private constructor(state: EpisodeState, last: StepOutcome) {
    this.#state = state
    this.#last = last
  }

  /**
   * Starts an episode.
   * @throws GymError GYM_UNKNOWN_TASK, GYM_NO_TASK, GYM_SPLIT_MISMATCH, GYM_UNKNOWN_DYNAMICS
   */
  static start(scenario: CompiledScenario, request: EpisodeRequest): Episode {
    return Episode.#begin(openEpisode(scenario, request))
  }

  /**
   * Rebuilds an episode from its actions.
   * @throws GymError GYM_SNAPSHOT_INVALID when it is not of this engine and scenario, or its hash does not come out
   */
  static restore(scenario: CompiledScenario, snapshot: Snapshot): Episode {
    return toTheEnd(Episode.restoreStepwise(scenario, snapshot))
  }

  /** The same a little at a time. */
  static * restoreStepwise(scenario: CompiledScenario, snapshot: Snapshot): Generator<void, Episode> {
    const episode = yield* Episode.replayStepwise(scenario, snapshot.identity, snapshot.journal)
    if (episode.stateHash() !== snapshot.state_hash) throw new GymError('GYM_SNAPSHOT_INVALID', 'the actions do not lead to the stated hash', { path: 'snapshot.state_hash' })
    return episode
  }

  static #begin(state: EpisodeState): Episode {
    const { scenario, task } = state
    const messages: Message[] = [{ role: 'system', content: scenario.root.prompt }, { role: 'user', content: task.instruction }]
    return new Episode(state, restart(observe(state, messages)))
  }

  /**
   * Plays a journal again from the start.
   * @throws GymError GYM_SNAPSHOT_INVALID when identity or actions do not fit
   */
  static replay(scenario: CompiledScenario, identity: Identity, journal: Iterable<JournalEntry>): Episode {
    return toTheEnd(Episode.replayStepwise(scenario, identity, journal))
  }

  /** The same a little at a time: gives way after each entry. */
  static * replayStepwise(scenario: CompiledScenario, identity: Identity, journal: Iterable<JournalEntry>): Generator<void, Episode> {
    const episode = Episode.#begin(reopenEpisode(scenario, identity))
    const play = (pending: Action | undefined, user?: UserAnswer): void => {
      if (pending) episode.#replayStep(pending, user)
      else if (user) throw unasked()
    }
    // An action waits for what comes after it: it may be what the user answered.
    let pending: Action | undefined
    for (const entry of journal) {
      play(pending, 'user' in entry ? entry.user : undefined)
      pending = 'action' in entry ? entry.action : undefined
      if ('fork' in entry) episode.#reluck(entry.fork.child, entry.fork.luck)
      yield
    }
    play(pending)
    return episode
  }

  #replayStep(action: Action, user: UserAnswer | undefined): void {
    if (this.#state.ended) throw new GymError('GYM_SNAPSHOT_INVALID', 'actions go on after the end', { path: 'snapshot.journal' })
    const before = this.#state.log.length
    this.#take(action, user)
    if (user && !this.#state.log.toArray().slice(before).some((event) => event.type === 'user')) throw unasked()
  }

  get scenario(): CompiledScenario { return this.#state.scenario }
  get identity(): Identity { return this.#state.identity }
  get task(): EpisodeState['task'] { return this.#state.task }
  get ended(): boolean { return this.#state.ended }
  /** What its results, rows and events take in memory, in characters and bytes, roughly. */
  get weight(): number { return this.#state.log.weight + this.#state.overlay.weight + this.#state.dynamicsState.weight }
  /** Steps answered so far; 0 after reset. */
  get seq(): number { return this.#state.seq }
  /** The latest outcome; after start the first observation. */
  get last(): StepOutcome { return this.#last }
  get observation(): Observation { return this.#last.observation }

  get info(): ResetInfo {
    const { identity, scenario, task } = this.#state
    return {
      scenario: `${scenario.name}@${scenario.digest}`, digest: scenario.digest, task: identity.task, seed: identity.seed, luck: identity.luck,
      split: splitOf(identity.seed), engine: identity.engine, tags: [...task.template.tags], difficulty: { ...task.difficulty }, options: identity.options,
      ...openingOf(this.#state, () => this.#view(undefined)),
    }
  }

  /**
   * Answers one turn. What the model did wrong is in the observation; only protocol mistakes throw.
   * @throws GymError GYM_EPISODE_ENDED, GYM_UNKNOWN_FRAME, GYM_INVALID_PARAMS (meta that JSON cannot hold)
   */
  step(action: Action): StepOutcome {
    return this.#take(action, undefined)
  }

  #take(action: Action, user: UserAnswer | undefined): StepOutcome {
    const state = this.#state
    const before = state.log.length
    if (state.ended) throw new GymError('GYM_EPISODE_ENDED', 'the episode has ended')
    if (action.frame !== undefined && action.frame !== state.frame.path) throw new GymError('GYM_UNKNOWN_FRAME', `frame '${action.frame}' does not wait for an action`, { path: 'action.frame', expected: [state.frame.path] })
    if (action.meta !== undefined) requireJson(action.meta)
    return (this.#last = withNotes(this.#advance(state, action, user), state.log.since(before)))
  }

  #advance(state: EpisodeState, action: Action, user: UserAnswer | undefined): StepOutcome {
    const turn = state.log.length
    const read = readAction(action, state.frame.turns)
    state.seq++
    state.frame.turns++
    state.frame.tokens += read.tokens
    state.frame.clock += action.think_ms ?? Math.round(read.tokens * (state.identity.options.think_ms_per_token ?? 0))
    state.log.push({ type: 'turn', index: turn, frame: state.frame.path, seq: state.seq, action: read.journal, at: state.frame.clock, tokens: read.tokens })
    try {
      advanceWorld(state)
      if (isOver(state)) return this.#end({ reason: 'deadline' }, true, [])
      const { messages, ending, outOfCalls } = performTurn(state, read, turn, user)
      advanceWorld(state)
      if (isOver(state)) return this.#end({ reason: 'deadline' }, true, messages)
      const stop = ending ?? budgetStop(state, outOfCalls)
      if (stop) return this.#end(stop, ending !== undefined, messages)
      const reward = payPotential(state, () => this.#view(undefined), turn)
      return transition(observe(state, messages), reward, state.shaped?.info)
    } catch (error) {
      if (user && error instanceof GymError) throw error
      return this.#void(error)
    }
  }

  #end(ending: Ending, terminated: boolean, messages: Message[]): StepOutcome {
    const state = this.#state
    // What comes after the deadline comes too late.
    settleEffects(state, ending.reason === 'deadline' ? deadlineOf(state) : undefined)
    state.ending = ending
    const verdict = state.task.template.score(this.#view(ending))
    const reward = verdict.reward! - state.paid
    state.paid = verdict.reward!
    state.ended = true
    state.log.push({
      type: 'end', index: state.log.length, reason: ending.reason, terminated, truncated: !terminated, at: state.frame.clock,
      ...(ending.answer ? { answer: ending.answer.json } : {}), ...(ending.unable === undefined ? {} : { unable: ending.unable }), verdict,
    })
    return (terminated ? termination : truncation)(observe(state, messages), reward, ending.reason, verdict)
  }

  /** What a scorer sees of the episode as it stands, or as it ended: its score is the verdict. */
  get view(): EpisodeView { return this.#view(this.#state.ending) }

  /** A fault of ours: it ends the episode and voids its return; it is never a zero. */
  #void(error: unknown): StepOutcome {
    const state = this.#state
    const verdict: Verdict = { verifier: VERIFIER_VERSION, status: 'env_error', reward: null, success: false, gates: {}, components: [], milestones: [], issues: [], metrics: {} }
    state.ended = true
    const fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    state.log.push({ type: 'end', index: state.log.length, reason: 'env_error', terminated: false, truncated: true, at: state.frame.clock, verdict, fault })
    return truncation(observe(state, []), null, 'env_error', verdict)
  }

  #view(ending: Ending | undefined): EpisodeView {
    const { scenario, task, overlay, start, log, frame, ended } = this.#state
    let all: Event[] | undefined
    return {
      task, base: baseOf(this.#state), overlay, start, answer: ending?.answer, declined: ending?.unable !== undefined, clockMs: frame.clock, tokens: frame.tokens,
      get events() { return (all ??= ended ? log.toArray().filter((event) => event.type !== 'end') : log.toArray()) },
      reference: () => scenario.referenceOf(task),
    }
  }

  /**
   * A copy at the present that goes on independently; `fresh` luck re-keys the future by child index.
   * Children are numbered by this object, from 0, unless the caller numbers them: the number is no part of the state.
   */
  fork(luck: 'same' | 'fresh' = 'same', child = this.#state.forks): Episode {
    this.#state.forks = child + 1
    const copy = new Episode(forkState(this.#state), this.#last)
    if (luck === 'fresh') copy.#reluck(child, word53(keyOf(['fork', this.#state.luck, child])))
    return copy
  }

  #reluck(child: number, luck: number): void {
    this.#state.luck = luck
    this.#state.log.push({ type: 'fork', index: this.#state.log.length, child, luck })
  }

  /**
   * A new episode at an earlier seq, by replay.
   * @throws GymError GYM_INVALID_PARAMS for a seq that has not been
   */
  rewind(seq: number): Episode {
    return toTheEnd(this.rewindStepwise(seq))
  }

  /** The same a little at a time. */
  * rewindStepwise(seq: number): Generator<void, Episode> {
    if (seq > this.seq) throw new GymError('GYM_INVALID_PARAMS', `the episode is at seq ${this.seq}`, { path: 'at', expected: `0 to ${this.seq}` })
    const journal = this.snapshot().journal
    let taken = 0
    let end = 0
    while (end < journal.length && (taken < seq || !('action' in journal[end]!))) if ('action' in journal[end++]!) taken++
    return yield* Episode.replayStepwise(this.scenario, this.identity, journal.slice(0, end))
  }

  /** Identity, actions, the user's answers and hash: all that is needed to rebuild the episode anywhere. */
  snapshot(): Snapshot {
    return { format: 'fractal-gym.snapshot/1', identity: this.identity, journal: this.journalFrom(0).entries, state_hash: this.stateHash() }
  }

  /**
   * The journal from a position in the log on, and where to go on later; costs what it returns. Whatever is played
   * again by `replay` comes from here.
   */
  journalFrom(position: number): { entries: JournalEntry[]; next: number } {
    const entries = journalOf(this.#state.log.since(position))
    return { entries, next: this.#state.log.length }
  }

  stateHash(): string {
    return hashState(this.#state)
  }

  /** Ids of invariants that do not hold now; every commit checks what it changes, this looks at everything. */
  brokenInvariants(): string[] {
    const { scenario: { world }, overlay, frame } = this.#state
    return brokenInvariants(world.invariants, new Transaction(baseOf(this.#state), overlay), world.epoch + frame.clock)
  }

  /** Events so far. */
  get eventCount(): number { return this.#state.log.length }

  /** The events from an index on, private fields included; costs what it returns. */
  eventsFrom(index: number): Event[] {
    return this.#state.log.since(index)
  }

  /** The dynamics that it is played under. */
  get dynamics(): CompiledDynamics { return this.#state.dynamics }

  /** The tools that the agent has now, as they look now; what changed unannounced is in it. */
  get tools(): readonly ToolSchema[] { return toolsNow(this.#state) }

  /** How the tools look now; undefined where dynamics leave them as they are. */
  presentation(): Presentation | undefined {
    const { dynamics, frame } = this.#state
    return dynamics.presenters.length ? shownTools(this.#state, frame.clock) : undefined
  }

  /** The whole log, private fields included. */
  events(): Event[] {
    return this.#state.log.toArray()
  }

  trajectory(): Trajectory {
    const { ended, paid } = this.#state
    const reward = ended && this.#last.info.stop_reason === 'env_error' ? null : paid
    return { format: 'fractal-gym.trajectory/1', identity: this.identity, events: this.events(), state_hash: this.stateHash(), reward }
  }

  /** What a privileged caller may see: hash, clock, diff, and the task with its slots. */
  inspect(): { hash: string; clock_ms: number; diff: unknown[]; gold: unknown; identity: Identity; ended: boolean } {
    const { task, frame, ended, identity } = this.#state
    const diff = Object.entries(overlayJson(this.#state)).map(([table, changes]) => ({ table, ...(changes as object) }))
    return { hash: this.stateHash(), clock_ms: frame.clock, diff, gold: task.template.gold(task), identity, ended }
  }
}

function toTheEnd<R>(work: Generator<void, R>): R {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

function unasked(): GymError {
  return new GymError('GYM_SNAPSHOT_INVALID', 'the user answers where nobody spoke to the user', { path: 'snapshot.journal' })
}

/** Adds what the dynamics did in a step, and which arguments were taken as another type. */
function withNotes(outcome: StepOutcome, events: readonly Event[]): StepOutcome {
  const faults: FaultMark[] = []
  for (const event of events) if ((event.type === 'call' || event.type === 'user') && event.faults?.length) faults.push(...event.faults)
  const coerced = coercedIn(events)
  return faults.length || coerced.length ? { ...outcome, info: { ...outcome.info, ...(faults.length && { faults }), ...(coerced.length && { coerced }) } } : outcome
}

/** Whether the task's own deadline has passed. */
function isOver(state: EpisodeState): boolean {
  return state.frame.clock >= deadlineOf(state)
}

function requireJson(meta: unknown): void {
  try {
    canonicalJson(meta)
  } catch (error) {
    if (error instanceof NotCanonical) throw new GymError('GYM_INVALID_PARAMS', `meta: ${error.message}`, { path: 'action.meta' })
    throw error
  }
}

function budgetStop({ frame, identity }: EpisodeState, outOfCalls: boolean): Ending | undefined {
  const { budgets } = identity.options
  const reason: StopReason | undefined = outOfCalls ? 'calls_budget'
    : frame.turns >= budgets.turns ? 'turns_budget'
    : frame.tokens >= budgets.tokens ? 'tokens_budget'
    : frame.clock >= budgets.virtual_ms ? 'time_budget'
    : undefined
  return reason && { reason }
}

function observe(state: EpisodeState, messages: Message[]): Observation {
  const { frame, identity, ended, mail } = state
  const { budgets } = identity.options
  for (const content of mail.agent) messages.push({ role: 'user', name: 'notification', content })
  if (mail.agent.length) state.mail = { ...mail, agent: [] }
  const tools = ended ? undefined : changedTools(state)
  return {
    frame: frame.path,
    agent: frame.agent,
    depth: frame.depth,
    messages,
    ...(tools && { tools }),
    clock_ms: frame.clock,
    budgets: {
      turns: Math.max(0, budgets.turns - frame.turns),
      calls: Math.max(0, budgets.calls - frame.calls),
      tokens: Math.max(0, budgets.tokens - frame.tokens),
      virtual_ms: Math.max(0, budgets.virtual_ms - frame.clock),
    },
    waiting: ended ? [] : [frame.path],
  }
}

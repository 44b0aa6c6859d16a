/** The gym itself: reset, step, fork, snapshot, restore, state hash. Synchronous, without I/O. */
import type { Action } from '../../protocol/action.ts'
import type { Event, Trajectory } from '../../protocol/event.ts'
import type { ServedReply } from '../../protocol/cassette.ts'
import type { Identity, Snapshot } from '../../protocol/identity.ts'
import type { ResetInfo } from '../../protocol/methods.ts'
import type { Observation, ToolSchema } from '../../protocol/observation.ts'
import type { Verdict } from '../../protocol/verdict.ts'
import { GymError } from '../core/gym-error.ts'
import { VERIFIER_VERSION } from '../core/engine-version.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import { toEnd } from '../core/to-end.ts'
import type { CompiledScenario } from './compiled-scenario.ts'
import type { CompiledDynamics } from '../dynamics/compiled-dynamics.ts'
import type { Presentation } from '../dynamics/presentation.ts'
import { listedTools, shownTools, toolsNow } from './shown-tools.ts'
import { baseOf, type EpisodeState, type JournalEntry, forkState, hashState, overlayJson } from './episode-state.ts'
import { AnswerNeeded } from './live-tools.ts'
import { deadlineOf } from './deadline.ts'
import { settleEffects } from './late-effect.ts'
import type { Frame, Listed } from './frame.ts'
import { horizonOf, observe, observeWaiting } from './observe.ts'
import { framesFor, heldActions, hold, runUntilAsked } from './proceed.ts'
import { Replay } from './replay-feed.ts'
import { creditOf, joined, withMarks } from './step-marks.ts'
import { type EpisodeRequest, openEpisode, reopenEpisode } from './open-episode.ts'
import { requireJson } from './turn-action.ts'
import { openingOf, payPotential } from './shaping.ts'
import { restart, type StepOutcome, termination, transition, truncation } from './step-outcome.ts'
import type { EpisodeView } from './task.ts'
import type { Ending } from './ending.ts'
import { taskSplit } from './task-split.ts'
import type { ServedCall } from '../world/served/served.ts'
import { brokenInvariants } from '../world/invariant.ts'
import { Transaction } from '../world/transaction.ts'

export type { EpisodeRequest } from './open-episode.ts'

export type { JournalEntry } from './episode-state.ts'

type ActionEntry = Extract<JournalEntry, { action: unknown }>

/** Looks on while a journal is played again. */
export type Watcher = (episode: Episode, entry: JournalEntry) => void

export class Episode {
  #state: EpisodeState
  /** Set by whoever makes an episode. */
  #last!: StepOutcome

  private constructor(state: EpisodeState) {
    this.#state = state
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
    return toEnd(Episode.restoreStepwise(scenario, snapshot))
  }

  /** The same a little at a time. */
  static * restoreStepwise(scenario: CompiledScenario, snapshot: Snapshot): Generator<void, Episode> {
    const episode = yield* Episode.replayStepwise(scenario, snapshot.identity, snapshot.journal)
    if (episode.stateHash() !== snapshot.state_hash) throw new GymError('GYM_SNAPSHOT_INVALID', 'the actions do not lead to the stated hash', { path: 'snapshot.state_hash' })
    return episode
  }

  static #begin(state: EpisodeState, replay?: Replay): Episode {
    state.replay = replay
    const episode = new Episode(state)
    episode.#last = withMarks(episode.#proceed(0), state.log.toArray())
    return episode
  }

  /**
   * Plays a journal again from the start.
   * @throws GymError GYM_SNAPSHOT_INVALID when identity or actions do not fit
   */
  static replay(scenario: CompiledScenario, identity: Identity, journal: Iterable<JournalEntry>): Episode {
    return toEnd(Episode.replayStepwise(scenario, identity, journal))
  }

  /** The same a little at a time: gives way after each entry; `watch` is shown the episode before each. */
  static * replayStepwise(scenario: CompiledScenario, identity: Identity, journal: Iterable<JournalEntry>, watch?: Watcher): Generator<void, Episode> {
    const entries: JournalEntry[] = []
    for (const entry of journal) {
      if (entries.push(entry) % 100 === 0) yield
    }
    const replay = new Replay(entries)
    const episode = Episode.#begin(reopenEpisode(scenario, identity), replay)
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!
      watch?.(episode, entry)
      if ('action' in entry) {
        // What came in one step is taken in one step: nobody is shown anything in between.
        const together = [entry]
        for (let next = entries[i + 1]; next && 'action' in next && isOneStep(entry, next); next = entries[i + 1]) {
          watch?.(episode, next)
          together.push(next)
          i++
        }
        episode.#replayTurns(together)
      }
      if ('fork' in entry) episode.#reluck(entry.fork.child, entry.fork.luck)
      yield
    }
    replay.requireDone()
    episode.#state.replay = undefined
    return episode
  }

  #replayTurns(entries: readonly ActionEntry[]): void {
    const state = this.#state
    const [{ seq, player }] = entries as [ActionEntry]
    if (state.ended) throw new GymError('GYM_SNAPSHOT_INVALID', 'actions go on after the end', { path: 'snapshot.journal' })
    const joins = player !== undefined || (seq !== undefined && seq <= state.seq && state.seq > 0)
    this.#take(entries.map(({ action }) => action), player, joins)
  }

  get scenario(): CompiledScenario { return this.#state.scenario }
  get identity(): Identity { return this.#state.identity }
  get task(): EpisodeState['task'] { return this.#state.task }
  /** The frame whose turn it is: its path and its agent. */
  get due(): { readonly path: string; readonly agent: string } { return this.#state.frame }
  /** All frames by path. */
  get frames(): ReadonlyMap<string, Readonly<Frame>> { return this.#state.frames }
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
      split: taskSplit(scenario, identity.seed), engine: identity.engine, tags: [...task.template.tags], difficulty: { ...task.difficulty }, options: identity.options,
      ...openingOf(this.#state, () => this.#view(undefined)),
    }
  }

  /**
   * Answers one turn, or turns of several frames. What the model did wrong is in the observation; only protocol mistakes throw.
   * @param answers of live servers, in the order in which `asks` asked for them
   * @throws GymError GYM_EPISODE_ENDED, GYM_UNKNOWN_FRAME, GYM_INVALID_PARAMS (meta that JSON cannot hold); AnswerNeeded without a live server's answer
   */
  step(actions: Action | readonly Action[], answers: readonly ServedReply[] = []): StepOutcome {
    const asked = this.asks(actions, answers)
    if (asked) throw new AnswerNeeded(asked)
    return this.#take(Array.isArray(actions) ? actions : [actions as Action], undefined, false, answers)
  }

  /** Whether live servers answer its served tools: then steps need their answers. */
  get isLive(): boolean { return this.identity.options.tools === 'live' }

  /**
   * The next call that a step would make to a live server beyond the answers there are; undefined when it needs no more.
   * Nothing happens.
   * @throws GymError as `step`
   */
  asks(actions: Action | readonly Action[], answers: readonly ServedReply[]): ServedCall | undefined {
    if (!this.isLive || this.ended) return undefined
    try {
      this.#copy().#take(Array.isArray(actions) ? actions : [actions as Action], undefined, false, answers)
      return undefined
    } catch (error) {
      if (error instanceof AnswerNeeded) return error.call
      throw error
    }
  }

  /**
   * A turn of a built-in policy: it belongs to the trainer's last step, whose answer it changes.
   * @throws GymError as `step`
   */
  play(action: Action, player: string): StepOutcome {
    return this.#take([action], player, true)
  }

  #take(actions: readonly Action[], player: string | undefined, joins: boolean, answers: readonly ServedReply[] = []): StepOutcome {
    const state = this.#state
    if (state.ended) throw new GymError('GYM_EPISODE_ENDED', 'the episode has ended')
    const frames = framesFor(state, actions, player)
    for (const { meta } of actions) if (meta !== undefined) requireJson(meta)
    if (!joins) state.seq++
    state.answers = [...answers]
    const before = state.log.length
    actions.forEach((action, i) => hold(state, frames[i]!, action, player))
    const outcome = withMarks(this.#proceed(before), state.log.since(before))
    return (this.#last = joins ? joined(this.#last, outcome, player !== undefined) : outcome)
  }

  /** What the frame in charge sees, and with parallel frames what all see that wait. */
  #look(): [Observation, Observation[] | undefined] {
    const observations = observeWaiting(this.#state)
    const { frame } = this.#state
    return [observations?.find((one) => one.frame === frame.path) ?? observe(this.#state, frame), observations]
  }

  /** Lets happen what can happen until somebody has to act. */
  #proceed(since: number): StepOutcome {
    const state = this.#state
    try {
      const stop = runUntilAsked(state)
      if (stop) return this.#end(stop.ending, stop.natural)
      // What is earned before the trainer's first step comes with its answer.
      if (state.seq === 0) return restart(...this.#look())
      const reward = payPotential(state, () => this.#view(undefined), since)
      const [observation, observations] = this.#look()
      return transition(observation, observations, reward, state.shaped?.info)
    } catch (error) {
      // Where nothing has happened yet there is no episode; where an answer is missing nothing is to happen.
      if (error instanceof AnswerNeeded || state.log.length === 1 || (state.replay && error instanceof GymError)) throw error
      return this.#void(error)
    }
  }

  #end(ending: Ending, terminated: boolean): StepOutcome {
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
      ...(ending.answer ? { answer: ending.answer.json } : {}), ...(ending.unable === undefined ? {} : { unable: ending.unable }), verdict, ...heldActions(state),
    })
    const end = (terminated ? termination : truncation)(observe(state, state.frame), reward, ending.reason, verdict)
    return state.frames.size > 1 ? { ...end, info: { ...end.info, credit: creditOf(verdict, state.log.toArray()) } } : end
  }

  /** What a scorer sees of the episode as it stands, or as it ended: its score is the verdict. */
  get view(): EpisodeView { return this.#view(this.#state.ending) }

  /** A fault of ours: it ends the episode and voids its return; it is never a zero. */
  #void(error: unknown): StepOutcome {
    const state = this.#state
    const verdict: Verdict = { verifier: VERIFIER_VERSION, status: 'env_error', reward: null, success: false, gates: {}, components: [], milestones: [], issues: [], metrics: {} }
    state.ended = true
    const fault = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    state.log.push({ type: 'end', index: state.log.length, reason: 'env_error', terminated: false, truncated: true, at: state.frame.clock, verdict, fault, ...heldActions(state) })
    return truncation(observe(state, state.frame), null, 'env_error', verdict)
  }

  #view(ending: Ending | undefined): EpisodeView {
    const { scenario, task, overlay, start, log, spent, ended } = this.#state
    let all: Event[] | undefined
    return {
      task, base: baseOf(this.#state), overlay, start, answer: ending?.answer, declined: ending?.unable !== undefined, clockMs: horizonOf(this.#state), tokens: spent.tokens,
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
    const copy = this.#copy()
    if (luck === 'fresh') copy.#reluck(child, word53(keyOf(['fork', this.#state.luck, child])))
    return copy
  }

  #copy(): Episode {
    const copy = new Episode(forkState(this.#state))
    copy.#last = this.#last
    return copy
  }

  #reluck(child: number, luck: number): void {
    const { journal, log, given, spent } = this.#state
    this.#state.luck = luck
    journal.push({ fork: { child, luck } })
    log.push({ type: 'fork', index: log.length, child, luck, ...(given !== spent.turns && { given }) })
  }

  /**
   * A new episode at an earlier seq, by replay.
   * @throws GymError GYM_INVALID_PARAMS for a seq that has not been
   */
  rewind(seq: number): Episode {
    return toEnd(this.rewindStepwise(seq))
  }

  /** The same a little at a time. */
  * rewindStepwise(seq: number): Generator<void, Episode> {
    if (seq > this.seq) throw new GymError('GYM_INVALID_PARAMS', `the episode is at seq ${this.seq}`, { path: 'at', expected: `0 to ${this.seq}` })
    const journal = this.#state.journal.toArray()
    let taken = 0
    let end = 0
    for (; end < journal.length; end++) {
      const entry = journal[end]!
      // A step of several actions names its number with each; what others play belongs to the step before.
      if ('action' in entry && entry.player === undefined && (entry.seq === undefined || entry.seq > taken) && ++taken > seq) break
    }
    return yield* Episode.replayStepwise(this.scenario, this.identity, journal.slice(0, end))
  }

  /** The trainer's actions of a step, in the order in which they came. */
  actionsOf(seq: number): Action[] {
    let taken = 0
    const actions: Action[] = []
    for (const entry of this.#state.journal.toArray()) {
      if (!('action' in entry) || entry.player !== undefined) continue
      if (entry.seq === undefined) taken++
      else taken = entry.seq
      if (taken === seq) actions.push(entry.action)
    }
    return actions
  }

  /** Identity, actions, the user's answers and hash: all that is needed to rebuild the episode anywhere. */
  snapshot(): Snapshot {
    return { format: 'fractal-gym.snapshot/1', identity: this.identity, journal: this.journalFrom(0).entries, state_hash: this.stateHash() }
  }

  /**
   * The journal from a position on, and where to go on later; costs what it returns. Whatever is played again by
   * `replay` comes from here.
   */
  journalFrom(position: number): { entries: JournalEntry[]; next: number } {
    const { journal } = this.#state
    return { entries: journal.since(position), next: journal.length }
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

  /** The tools as the frame in charge was last shown them: what a caller may be told that asks again. */
  get listed(): readonly Listed[] { return listedTools(this.#state, this.#state.frame) }

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

function isOneStep(a: ActionEntry, b: ActionEntry): boolean {
  return a.player === undefined && b.player === undefined && a.seq !== undefined && a.seq === b.seq
}

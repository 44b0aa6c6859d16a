/** One tool call of a turn: resolve, validate, ask the dynamics, run the transaction, record. */
import { type CallEvent, type FaultMark, USER_FRAME } from '../../protocol/event.ts'
import type { InputSchema } from '../../protocol/spec/json-schema.ts'
import { nearest } from '../core/nearest.ts'
import { holdsPhrase, spokenWords } from '../core/spoken-text.ts'
import { beginCall, finishCall } from '../dynamics/call-way.ts'
import { isFormed } from '../dynamics/compiled-dynamics.ts'
import type { OwnTool } from '../dynamics/own-tool.ts'
import { type CallSite, contentOf, type Extras, type Passage } from '../dynamics/passage.ts'
import { receive } from '../dynamics/presentation.ts'
import { CALL_UNITS } from '../world/evaluation.ts'
import { CallLimit, TOO_EXPENSIVE } from '../world/fault.ts'
import { type ReadArguments, readCoerced } from '../world/coerce.ts'
import { type CompiledTool, describeMisfit, type ToolOutcome } from '../world/tool.ts'
import { type Emission, Transaction } from '../world/transaction.ts'
import { requireFits } from './deliver.ts'
import { isVisible } from './visible-tools.ts'
import { baseOf, type EpisodeState } from './episode-state.ts'
import { rehearse, transact } from './transact.ts'
import { shownNames, shownTools } from './shown-tools.ts'
import { readWait, WAIT } from './system-tool.ts'
import { answerUser } from './user-turn.ts'
import type { ReadCall } from './turn-action.ts'

/** What the agent sees of a call, and when. */
export type CallResult = { readonly id: string; readonly name: string; readonly content: string; readonly isError: boolean; readonly returnsAt: number }

const ENDINGS: ReadonlySet<string> = new Set(['finish', 'report_unable'])

type Rejected = NonNullable<CallEvent['rejected']>

const NO_CHANGES: CallEvent['changes'] = []
const NO_FAULTS: FaultMark[] = []
const NO_EXTRAS: Extras = {}
const NOTHING = { committed: false, applications: 0, changes: NO_CHANGES, faults: NO_FAULTS }

/** A call that never reaches a tool: it costs no time, and the log has it. */
export function rejectCall(state: EpisodeState, turn: number, call: ReadCall, start: number, rejected: Rejected, content: string, { frame, faults = NO_FAULTS, inner }: { frame?: string; faults?: readonly FaultMark[]; inner?: true } = {}): CallResult {
  return record(state, turn, call, start, start, { ...NOTHING, content, isError: true, rejected, faults: faults as FaultMark[], ...(inner && { inner }) }, frame)
}

type Inner = { readonly at: number; readonly returnsAt: number; readonly content: string; readonly isError: boolean; readonly child?: string; readonly frame: string }

/** A call within the team, with what came of it. */
export function acceptInnerCall(state: EpisodeState, turn: number, call: ReadCall, { at, returnsAt, content, isError, child, frame }: Inner): CallResult {
  return record(state, turn, call, at, returnsAt, { ...NOTHING, content, isError, inner: true, ...(child !== undefined && { child }) }, frame)
}

/** A call of a system tool that took effect. */
export function acceptSystemCall(state: EpisodeState, turn: number, call: ReadCall, start: number, returnsAt: number, content: string, taken: TakenArguments): CallResult {
  return record(state, turn, call, start, returnsAt, { ...NOTHING, content, isError: false, ...meaning(call, call.name, taken) })
}

type TakenArguments = Pick<ReadArguments, 'args' | 'coerced'>

/** What was meant, where it is not what was said. */
function meaning(call: ReadCall, tool: string, { args, coerced }: TakenArguments): Pick<CallEvent, 'meant' | 'coerced'> {
  return { ...((call.name !== tool || args !== call.arguments) && { meant: { tool, arguments: args } }), ...(coerced.length && { coerced: [...coerced] }) }
}

/** Performs a call that starts at a virtual time; ending calls are not its business. */
export function performCall(state: EpisodeState, turn: number, call: ReadCall, start: number): CallResult {
  if (call.problem !== undefined) return rejectCall(state, turn, call, start, 'malformed', `Malformed tool call: ${call.problem}`)
  if (call.name === 'wait') return performWait(state, turn, call, start)
  if (isFormed(state.dynamics)) return performShown(state, turn, call, start)
  const tool = isVisible(state, call.name) ? state.scenario.world.tools.get(call.name) : undefined
  if (!tool) return rejectUnknown(state, turn, call, start)
  return performTool(state, turn, call, start, tool, call.arguments, NO_EXTRAS)
}

function rejectUnknown(state: EpisodeState, turn: number, call: ReadCall, start: number, faults?: readonly FaultMark[]): CallResult {
  const { frame, scenario, task } = state
  const agent = scenario.agents.get(frame.agent)!
  const close = nearest(call.name, [...shownNames(state, start), ...scenario.toolsFor(task.template, agent, frame.leads).flatMap(({ name }) => (scenario.world.tools.has(name) ? [] : [name]))])
  const advice = agent.deferred.has(call.name) ? '; look for it with ToolSearch first' : !frame.leads && ENDINGS.has(call.name) ? '; give your result as a message without tool calls' : close ? `; did you mean '${close}'?` : ''
  return rejectCall(state, turn, call, start, 'unknown_tool', `Unknown tool '${call.name}'${advice}`, { faults })
}

/** A call under dynamics that add tools, or show them in another form. */
function performShown(state: EpisodeState, turn: number, call: ReadCall, start: number): CallResult {
  const { dynamics, identity } = state
  const own = identity.options.intensity > 0 ? dynamics.ownTools.find(({ schema }) => schema.name === call.name) : undefined
  if (own) return performOwn(state, turn, call, start, own)
  const { shown, real } = shownTools(state, start)
  const tool = shown.get(call.name)
  // The real name of a tool that has another one now leads nowhere.
  const moved = !tool && dynamics.tools.has(call.name) && real.get(call.name)?.schema.name !== call.name
  if (!tool || (tool.real !== undefined && !isVisible(state, tool.real))) return rejectUnknown(state, turn, call, start, moved ? movedMarks(state, call.name) : undefined)
  if (tool.dead !== undefined) return record(state, turn, call, start, start, { ...NOTHING, content: tool.dead, isError: true, faults: tool.by.map(({ spec: { id, kind } }) => ({ entry: id, kind, phase: 'pre_commit' })) })
  if (!tool.ways.length) return performTool(state, turn, call, start, state.scenario.world.tools.get(tool.real!)!, call.arguments, NO_EXTRAS)
  const received = receive(tool, call.arguments)
  if ('misfit' in received) return rejectCall(state, turn, call, start, 'invalid_arguments', describeMisfit(call.name, received.misfit), { faults: received.faults })
  return performTool(state, turn, call, start, state.scenario.world.tools.get(received.tool)!, received.args, received.extras)
}

/** What is known of a tool that is not called so any more. */
function movedMarks({ dynamics, frame }: EpisodeState, name: string): FaultMark[] {
  const traits = dynamics.tools.get(name)!
  return dynamics.presenters.flatMap((entry) => (entry.spec.kind === 'tools.list_changed' && dynamics.matches(entry, traits, frame.agent) ? [{ entry: entry.spec.id, kind: entry.spec.kind, phase: 'pre_commit' as const }] : []))
}

function performOwn(state: EpisodeState, turn: number, call: ReadCall, start: number, tool: OwnTool): CallResult {
  const read = readCoerced(tool.schema.input_schema as unknown as InputSchema, tool.read, call.arguments)
  if ('problem' in read) return rejectCall(state, turn, call, start, 'invalid_arguments', describeMisfit(call.name, read))
  const { json, isError = false, ms } = tool.answer({ state: state.dynamicsState, start, args: read.args as Record<string, unknown>, framePath: state.frame.path })
  return record(state, turn, call, start, start + ms, { ...NOTHING, content: contentOf(json), isError, ...meaning(call, call.name, read) })
}

function performWait(state: EpisodeState, turn: number, call: ReadCall, start: number): CallResult {
  const read = readCoerced(WAIT, readWait, call.arguments)
  if ('problem' in read) return rejectCall(state, turn, call, start, 'invalid_arguments', describeMisfit('wait', read))
  const { ms } = read.value as { ms: number }
  return acceptSystemCall(state, turn, call, start, start + ms, `Waited ${ms} ms`, read)
}

function performTool(state: EpisodeState, turn: number, call: ReadCall, start: number, tool: CompiledTool, given: unknown, extras: Extras): CallResult {
  const read = readCoerced(tool.spec.input, tool.read, given)
  if ('problem' in read) return rejectCall(state, turn, call, start, 'invalid_arguments', describeMisfit(call.name, read))
  const { args } = read
  const meant = meaning(call, tool.name, read)
  const asked = approval(state, turn, call, start, tool)
  if (typeof asked !== 'number') return asked
  start = asked
  const broke = brokenRules(state, tool.name, args, start)
  if (broke === 'too expensive') return record(state, turn, call, start, start, { ...NOTHING, ...meant, content: `${tool.name}: ${TOO_EXPENSIVE}`, isError: true })
  const { dynamics, dynamicsState, luck, identity, frame, scenario, log } = state
  const site: CallSite = { luck, intensity: identity.options.intensity, framePath: frame.path, agent: frame.agent, start, epoch: scenario.world.epoch, event: log.length }
  const passage = beginCall(dynamics, dynamics.tools.get(tool.name)!, args as Record<string, unknown>, extras, dynamicsState, site)
  const effect = runPassage(state, passage, tool, args === passage.args ? read.value : undefined)
  finishCall(passage)
  queueEffects(state, passage)
  // What came instead of the answer has no pictures.
  const { blocks, ...rest } = effect
  return record(state, turn, call, start, start + passage.latency, { content: passage.content, isError: passage.isError, ...rest, ...(blocks && !passage.unseen && { blocks }), ...meant, ...truthOf(passage), faults: passage.faults, ...(broke.length && { broke }), ...(passage.key !== undefined && { key: passage.key }) })
}

/** Asks the user where that has to be: when the call begins then, or that it must not be. */
function approval(state: EpisodeState, turn: number, call: ReadCall, start: number, tool: CompiledTool): number | CallResult {
  const { scenario, frame, task: { template: { user } } } = state
  const mode = scenario.agents.get(frame.agent)!.approvalOf?.(tool.name) ?? 'allow'
  if (mode === 'allow') return start
  const denied = (why: string) => rejectCall(state, turn, call, start, 'denied', `Permission denied for ${tool.name}: ${why}`)
  if (mode === 'deny') return denied('you must not call it')
  if (!user) return denied('there is nobody to ask')
  const before = frame.clock
  const { messages, leaves } = answerUser(state, user, `May I call ${tool.name} with ${JSON.stringify(call.arguments)}?`, turn)
  const took = frame.clock - before
  frame.clock = before
  if (leaves) state.stop ??= { ending: { reason: leaves }, natural: true }
  const said = messages.map(({ content }) => content).join(' ')
  return isYes(said) ? start + took : denied(`the user said: ${said}`)
}

const YES = ['yes', 'yeah', 'yep', 'ok', 'okay', 'sure', 'go ahead', 'please do', 'do it', 'approved', 'allow', 'allowed', 'confirmed'].map(spokenWords)
const NO = ['no', 'not', 'never', 'stop', 'deny', 'denied', "don't", 'do not'].map(spokenWords)

function isYes(said: string): boolean {
  const words = spokenWords(said)
  return YES.some((phrase) => holdsPhrase(words, phrase)) && !NO.some((phrase) => holdsPhrase(words, phrase))
}

/** What the tool said, where the agent sees something else. */
function truthOf({ unseen, truth, mode }: Passage): Pick<CallEvent, 'unseen' | 'result'> {
  if (truth === undefined || mode === 'later') return unseen ? { unseen } : {}
  return unseen ? { unseen, result: truth } : { result: truth }
}

type Effect = Pick<Recorded, 'committed' | 'applications' | 'changes' | 'emits' | 'violates' | 'served' | 'blocks'>

/** Lets the tool run as the dynamics say. */
function runPassage(state: EpisodeState, passage: Passage, tool: CompiledTool, value: unknown): Effect {
  if (passage.mode === 'none' || passage.mode === 'later') return effectOf(undefined, NO_CHANGES, [])
  const { start } = passage.site
  if (value === undefined) {
    // A part of the arguments is left; the part may be less than the tool takes.
    const read = tool.read(passage.args, '')
    if ('problem' in read) {
      passage.answer(describeMisfit(tool.name, read), true)
      return effectOf(undefined, NO_CHANGES, [])
    }
    value = read.value
  }
  if (passage.mode !== 'run') {
    const { json, isError, ms = 0, reply } = rehearse(state, tool, value, start + passage.skew, passage.overlay)
    Object.assign(passage, { json, isError })
    passage.addLatency(ms)
    const effect = passage.mode === 'past' && !isError ? { committed: true, applications: 1, changes: NO_CHANGES } : effectOf(undefined, NO_CHANGES, [])
    return { ...effect, ...servedOf(state, tool, reply, true) }
  }
  const before = passage.fired.some(({ hooks }) => hooks.settles) ? state.overlay.fork() : undefined
  const { outcome, changes, emitted, noted } = transact(state, tool, value, start, 'agent', passage.skew)
  Object.assign(passage, { json: outcome.json, isError: outcome.isError })
  passage.addLatency(outcome.ms ?? 0)
  if (before && changes.length) passage.overlay = before
  return { ...effectOf(outcome, changes, emitted), ...noted, ...servedOf(state, tool, outcome.reply) }
}

/** What comes later than the answer, or is hidden for a while. */
function queueEffects(state: EpisodeState, { mode, refused, delay, again, veil, overlay, tells, args, tool, site: { start, event } }: Passage): void {
  const { dynamicsState } = state
  const late = { call: event, tool: tool.name, args }
  if (mode === 'later' && !refused) dynamicsState.addEffect({ ...late, due: start + delay, cause: 'agent', veil, tells })
  if (again !== undefined) dynamicsState.addEffect({ ...late, due: start + again, cause: 'fault', veil: 0, tells: [] })
  if (veil > 0 && mode === 'run' && overlay) dynamicsState.hide(start, veil, event, overlay)
}

/** Rules that a call breaks as it begins. */
function brokenRules(state: EpisodeState, tool: string, args: unknown, start: number): string[] | 'too expensive' {
  const { ruleBook } = state.scenario
  if (!ruleBook?.concerns(tool)) return []
  const units = Math.max(0, Math.min(10 * CALL_UNITS, state.units))
  try {
    const { ids, cost } = ruleBook.broken({ base: baseOf(state), overlay: state.overlay, events: state.log.toArray(), clockMs: start, tool, args, units })
    state.units -= cost
    return ids
  } catch (error) {
    // Only what the agent said and did makes it dear.
    if (error instanceof CallLimit) {
      state.units -= units
      return 'too expensive'
    }
    throw error
  }
}

/** Calls a tool of the simulated user, who meets no faults and no latency; gives the JSON of its result. */
export function performUserCall(state: EpisodeState, turn: number, id: string, name: string, args: Record<string, unknown>): unknown {
  const { world } = state.scenario
  const tool = world.tools.get(name)!
  const call: ReadCall = { id, name, arguments: args }
  const { clock } = state.frame
  const frame = USER_FRAME
  const read = tool.read(args, '')
  if ('problem' in read) return rejectCall(state, turn, call, clock, 'invalid_arguments', describeMisfit(name, read), { frame }).content
  if (tool.visible && !tool.visible(new Transaction(baseOf(state), state.overlay), world.epoch + clock, { left: CALL_UNITS })) return rejectCall(state, turn, call, clock, 'unknown_tool', `There is no ${name} now`, { frame }).content
  const { outcome, changes, emitted, noted } = transact(state, tool, read.value, clock, 'user')
  record(state, turn, call, clock, clock, { content: contentOf(outcome.json), isError: outcome.isError, ...effectOf(outcome, changes, emitted), ...noted, ...servedOf(state, tool, outcome.reply), faults: NO_FAULTS }, frame)
  return outcome.json ?? null
}

/** What a live server's answer leaves in the event; of a write that was only tried the recording answered. */
function servedOf(state: EpisodeState, { spec }: CompiledTool, reply: ToolOutcome['reply'], undone = false): Pick<Recorded, 'served' | 'blocks'> {
  if (!reply) return {}
  const isLive = state.identity.options.tools === 'live' && !(undone && spec.effect === 'write')
  return { ...(isLive && { served: reply }), ...(reply.answer.blocks && { blocks: reply.answer.blocks }) }
}

function effectOf(outcome: ToolOutcome | undefined, changes: CallEvent['changes'], emitted: readonly Emission[]): Effect {
  const committed = outcome !== undefined && !outcome.isError
  return { committed, applications: committed ? 1 : 0, changes, ...(emitted.length && { emits: [...emitted] }) }
}

type Recorded = Pick<CallEvent, 'content' | 'rejected' | 'committed' | 'applications' | 'changes' | 'faults' | 'emits' | 'meant' | 'coerced' | 'unseen' | 'result' | 'broke' | 'violates' | 'inner' | 'child' | 'served' | 'blocks'> & { isError: boolean }

function record(state: EpisodeState, turn: number, call: ReadCall, at: number, returnsAt: number, recorded: Recorded, frame = state.frame.path): CallResult {
  const { isError, rejected, ...rest } = recorded
  state.log.push({
    type: 'call', index: state.log.length, frame, turn, call_id: call.id, tool: call.name,
    arguments: call.arguments ?? null, at, returns_at: returnsAt, is_error: isError, ...(rejected ? { rejected } : {}), ...rest,
  })
  requireFits(state)
  return { id: call.id, name: call.name, content: recorded.content, isError, returnsAt }
}

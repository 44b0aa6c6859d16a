/** An episode as a person reads it: one line for what was asked, one for what came back. */
import { type Change, type Emit, type Event, type FaultMark, USER_FRAME } from '../../protocol/event.ts'
import { frameLine } from './frame-line.ts'
import { harmless, type Paint, painter } from './paint.ts'

/** An event whose private fields may have been stripped. */
export type PartialEvent = { [K in Event['type']]: { type: K } & Partial<Omit<Extract<Event, { type: K }>, 'type'>> }[Event['type']]

type Of<K extends Event['type']> = Extract<PartialEvent, { type: K }>
type Sight = { paint: Paint; width: number; log: readonly PartialEvent[] }

const MARGIN = '  '

function clip(text: string, width: number): string {
  const line = harmless(text.replaceAll('\n', ' ⏎ '))
  return line.length > width ? `${line.slice(0, width - 1)}…` : line
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value) ?? ''
}

/** Arguments as `key=value` pairs when they are an object, as they came when they are not. */
export function writeArguments(value: unknown): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return asText(value)
  return Object.entries(value).map(([key, each]) => `${key}=${typeof each === 'string' && /^[\w@.:+-]+$/.test(each) ? each : JSON.stringify(each)}`).join(' ')
}

/** A stretch of virtual time, for people. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}

function openingLines({ identity, instruction = '', emits }: Of<'reset'>, sight: Sight): string[] {
  const { paint } = sight
  const lines: string[] = []
  if (identity) {
    const { scenario, digest, task, seed, luck, options } = identity
    const intensity = options.intensity === 1 ? '' : ` at ${options.intensity}`
    const changes = options.dynamics_changes ? ', changed' : ''
    lines.push(paint('bold', `${scenario}@${digest.slice(0, 8)} ${task}`) + paint('dim', `  seed ${seed}, luck ${luck}, ${options.dynamics}${intensity}${changes}`))
  }
  const mail = emitLines(emits, sight)
  return [...lines, '', ...harmless(instruction).split('\n').map((line) => paint('cyan', line)), '', ...(mail.length ? [...mail, ''] : [])]
}

function turnLines({ seq, at = 0, action, frame = '', player }: Of<'turn'>, { paint, width, log }: Sight): string[] {
  const said = action?.text ?? action?.content
  const whose = log.some(({ type }) => type === 'frame') ? ` ${frame}${player === undefined ? '' : ` (${player})`}` : ''
  const lines = [paint('dim', `${seq}.${whose} at ${seconds(at)}`)]
  if (action?.reasoning) lines.push(MARGIN + paint('dim', clip(action.reasoning, width)))
  if (said !== undefined && said !== '') lines.push(MARGIN + paint('blue', clip(asText(said), width)))
  return lines
}

/** What the dynamics did to a call or to an answer of the user. */
function faultLines(faults: readonly FaultMark[] | undefined, { paint }: Sight): string[] {
  return (faults ?? []).map(({ entry, kind, phase, unable, wants }) => {
    const more = [phase, unable && 'nothing gets past it', wants && `wants ${wants.join(', ')}`].filter(Boolean).join('; ')
    return MARGIN + paint('yellow', `~ ${entry}: ${kind} (${more})`)
  })
}

function changeLines(changes: readonly Change[] | undefined, { paint }: Sight): string[] {
  return (changes ?? []).map(({ op, table, key, columns, cause }) => MARGIN + paint('dim', `* ${op} ${table}[${harmless(key)}]${columns ? ` ${columns.join(', ')}` : ''} by ${cause}`))
}

function callLines(event: Of<'call'>, sight: Sight): string[] {
  const { paint, width } = sight
  const { tool = '', at = 0, returns_at = at, content = '', is_error, rejected, changes, faults, meant, result } = event
  const took = paint('dim', `(${seconds(returns_at - at)}${rejected ? `, ${rejected}` : ''})`)
  return [
    `${MARGIN}${paint('bold', `${event.frame === USER_FRAME ? 'user > ' : '> '}${harmless(tool)}`)} ${clip(writeArguments(event.arguments), width)}`,
    ...(meant ? [MARGIN + paint('dim', `= ${harmless(meant.tool)} ${clip(writeArguments(meant.arguments), width)}`)] : []),
    `${MARGIN}${is_error ? paint('red', `! ${clip(content, width)}`) : paint('green', `< ${clip(content, width)}`)} ${took}`,
    ...(result === undefined ? [] : [MARGIN + paint('dim', `the tool: ${clip(asText(result), width)}`)]),
    ...faultLines(faults, sight),
    ...changeLines(changes, sight),
  ]
}

function userLines({ said = '', leaves, taken, faults }: Of<'user'>, sight: Sight): string[] {
  const { paint } = sight
  const lines = harmless(said).split('\n').map((line) => MARGIN + paint('cyan', `"${line}"`))
  if (taken !== undefined) lines.push(MARGIN + paint('dim', `the user: ${taken}`))
  if (leaves !== undefined) lines.push(MARGIN + paint('dim', leaves === 'user_satisfied' ? 'the user is satisfied' : 'the user leaves'))
  return [...lines, ...faultLines(faults, sight)]
}

function endLines({ reason, at = 0, answer, unable, verdict, fault }: Of<'end'>, { paint, width }: Sight): string[] {
  const lines = ['', paint('bold', `${reason ?? 'ended'} at ${seconds(at)}`)]
  if (answer !== undefined) lines.push(`${MARGIN}answer ${clip(asText(answer), width)}`)
  if (unable !== undefined) lines.push(`${MARGIN}unable ${clip(unable, width)}`)
  if (fault !== undefined) lines.push(MARGIN + paint('red', clip(fault, width)))
  if (verdict) {
    const { reward = null, success = false } = verdict
    lines.push(MARGIN + paint(success ? 'green' : 'red', `reward ${reward ?? 'void'}${success ? ', success' : ''}`))
    for (const { id, kind, score, gate } of verdict.components ?? []) lines.push(`${MARGIN}${score === 1 ? paint('green', 'ok ') : paint('red', 'no ')} ${id} ${paint('dim', `${kind}${gate ? '' : ', weighed'} ${score}`)}`)
    for (const { category, severity, verdict: effect } of verdict.issues ?? []) lines.push(MARGIN + paint('yellow', `- ${category} (${severity}, ${effect})`))
  }
  return lines
}

/** What the world said to its actors. */
function emitLines(emits: readonly Emit[] | undefined, { width }: Sight): string[] {
  return (emits ?? []).map(({ to, text }) => `${MARGIN}to ${to}: ${clip(text, width)}`)
}

const OTHERS = 'event.'

function timerLines({ at = 0, timer, changes = [], emits }: Of<'timer'>, sight: Sight): string[] {
  if (timer === undefined) return []
  const rows = `, ${changes.length} ${changes.length === 1 ? 'row' : 'rows'} changed`
  const line = timer.startsWith(OTHERS)
    ? sight.paint('yellow', `${seconds(at)} another actor: ${timer.slice(OTHERS.length)}${rows}`)
    : sight.paint('dim', `${seconds(at)} timer ${timer}${changes.length ? rows : ''}`)
  return [line, ...(timer.startsWith(OTHERS) ? changeLines(changes, sight) : []), ...emitLines(emits, sight)]
}

/** A call that took effect after its answer, or once more. */
function effectLines({ at = 0, call, cause, committed, content = '', changes, emits }: Of<'effect'>, sight: Sight): string[] {
  if (call === undefined) return []
  const { paint, width, log } = sight
  const made = log[call]
  const name = made?.type === 'call' ? `${harmless(made.meant?.tool ?? made.tool ?? '')} of ${seconds(made.at ?? 0)}` : `the call of event ${call}`
  return [
    paint('yellow', `${seconds(at)} ${name} ${cause === 'fault' ? 'is delivered once more' : 'takes effect'}${committed ? '' : `, refused: ${clip(content, width)}`}`),
    ...changeLines(changes, sight),
    ...emitLines(emits, sight),
  ]
}

type Options = { readonly colour?: boolean; readonly width?: number }

/** One event, as lines; `log` holds the events that it may point at. */
export function renderEvent(event: PartialEvent, { colour = false, width = 160, log = [] }: Options & { readonly log?: readonly PartialEvent[] } = {}): string[] {
  const sight = { paint: painter(colour), width, log }
  switch (event.type) {
    case 'reset': return openingLines(event, sight)
    case 'turn': return turnLines(event, sight)
    // What the user's own tools did is private.
    case 'call': return event.content === undefined ? [] : callLines(event, sight)
    case 'user': return userLines(event, sight)
    case 'effect': return effectLines(event, sight)
    case 'timer': return timerLines(event, sight)
    case 'frame': case 'return': case 'node': case 'compact': return [sight.paint('yellow', clip(frameLine(event), sight.width))]
    case 'fork': return [sight.paint('yellow', `fork ${event.child}: luck ${event.luck} from here on`)]
    case 'end': return endLines(event, sight)
  }
}

/** A whole event log as text; private fields are shown where they are present. */
export function renderTranscript(events: readonly PartialEvent[], options: Options = {}): string {
  return `${events.flatMap((event) => renderEvent(event, { ...options, log: events })).join('\n')}\n`
}

/** An episode as a person reads it: one line for what was asked, one for what came back. */
import { type Event, USER_FRAME } from '../../protocol/event.ts'
import { harmless, type Paint, painter } from './paint.ts'

/** An event whose private fields may have been stripped. */
export type PartialEvent = { [K in Event['type']]: { type: K } & Partial<Omit<Extract<Event, { type: K }>, 'type'>> }[Event['type']]

type Of<K extends Event['type']> = Extract<PartialEvent, { type: K }>
type Sight = { paint: Paint; width: number }

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

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}

function openingLines({ identity, instruction = '' }: Of<'reset'>, { paint }: Sight): string[] {
  const lines: string[] = []
  if (identity) {
    const { scenario, digest, task, seed, luck, options } = identity
    const intensity = options.intensity === 1 ? '' : ` at ${options.intensity}`
    lines.push(paint('bold', `${scenario}@${digest.slice(0, 8)} ${task}`) + paint('dim', `  seed ${seed}, luck ${luck}, ${options.dynamics}${intensity}`))
  }
  return [...lines, '', ...harmless(instruction).split('\n').map((line) => paint('cyan', line)), '']
}

function turnLines({ seq, at = 0, action }: Of<'turn'>, { paint, width }: Sight): string[] {
  const said = action?.text ?? action?.content
  const lines = [paint('dim', `${seq}. at ${seconds(at)}`)]
  if (action?.reasoning) lines.push(MARGIN + paint('dim', clip(action.reasoning, width)))
  if (said !== undefined && said !== '') lines.push(MARGIN + paint('blue', clip(asText(said), width)))
  return lines
}

function callLines(event: Of<'call'>, { paint, width }: Sight): string[] {
  const { tool = '', at = 0, returns_at = at, content = '', is_error, rejected, changes, faults } = event
  const took = paint('dim', `(${seconds(returns_at - at)}${rejected ? `, ${rejected}` : ''})`)
  const lines = [
    `${MARGIN}${paint('bold', `${event.frame === USER_FRAME ? 'user > ' : '> '}${harmless(tool)}`)} ${clip(writeArguments(event.arguments), width)}`,
    `${MARGIN}${is_error ? paint('red', `! ${clip(content, width)}`) : paint('green', `< ${clip(content, width)}`)} ${took}`,
  ]
  for (const { kind, phase } of faults ?? []) lines.push(MARGIN + paint('yellow', `~ ${kind} (${phase})`))
  for (const { op, table, key, columns, cause } of changes ?? []) {
    lines.push(MARGIN + paint('dim', `* ${op} ${table}[${harmless(key)}]${columns ? ` ${columns.join(', ')}` : ''} by ${cause}`))
  }
  return lines
}

function userLines({ said = '', leaves, taken }: Of<'user'>, { paint }: Sight): string[] {
  const lines = harmless(said).split('\n').map((line) => MARGIN + paint('cyan', `"${line}"`))
  if (taken !== undefined) lines.push(MARGIN + paint('dim', `the user: ${taken}`))
  if (leaves !== undefined) lines.push(MARGIN + paint('dim', leaves === 'user_satisfied' ? 'the user is satisfied' : 'the user leaves'))
  return lines
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

function timerLines({ at = 0, timer, changes = [], emits = [] }: Of<'timer'>, { paint, width }: Sight): string[] {
  if (timer === undefined) return []
  return [paint('dim', `${seconds(at)} timer ${timer}${changes.length ? `, ${changes.length} rows changed` : ''}`), ...emits.map(({ to, text }) => `${MARGIN}to ${to}: ${clip(text, width)}`)]
}

function effectLines({ at = 0, call, cause, committed, changes = [] }: Of<'effect'>, { paint }: Sight): string[] {
  if (call === undefined) return []
  const lines = [paint('dim', `${seconds(at)} ${cause === 'fault' ? 'once more' : 'only now'}: call of event ${call}${committed ? '' : ', refused'}`)]
  return [...lines, ...changes.map(({ op, table, key, columns }) => MARGIN + paint('dim', `* ${op} ${table}[${harmless(key)}]${columns ? ` ${columns.join(', ')}` : ''} by ${cause ?? 'agent'}`))]
}

/** One event, as lines. */
export function renderEvent(event: PartialEvent, { colour = false, width = 160 }: { colour?: boolean; width?: number } = {}): string[] {
  const sight = { paint: painter(colour), width }
  switch (event.type) {
    case 'reset': return openingLines(event, sight)
    case 'turn': return turnLines(event, sight)
    // What the user's own tools did is private.
    case 'call': return event.content === undefined ? [] : callLines(event, sight)
    case 'user': return userLines(event, sight)
    case 'effect': return effectLines(event, sight)
    case 'timer': return timerLines(event, sight)
    case 'fork': return [sight.paint('yellow', `fork ${event.child}: luck ${event.luck} from here on`)]
    case 'end': return endLines(event, sight)
  }
}

/** A whole event log as text; private fields are shown where they are present. */
export function renderTranscript(events: readonly PartialEvent[], options: { colour?: boolean; width?: number } = {}): string {
  return `${events.flatMap((event) => renderEvent(event, options)).join('\n')}\n`
}

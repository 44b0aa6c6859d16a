/** An explanation as a person reads it. */
import type { Identity } from '../../protocol/identity.ts'
import type { Explanation, Point, Reason, Remark } from '../record/explanation.ts'
import { harmless, type Paint, painter } from '../record/paint.ts'

/** Points of one reason that are shown; the rest are in the JSON. */
const MOST_POINTS = 8

function pointLines(points: readonly Point[], paint: Paint): string[] {
  const lines = points.slice(0, MOST_POINTS).flatMap(({ text, event, happened }) => [
    ...(text ? [`     ${harmless(text)}`] : []),
    ...(happened === null ? [] : [paint('dim', `     event ${event}: ${harmless(happened)}`)]),
  ])
  return points.length > MOST_POINTS ? [...lines, `     and ${points.length - MOST_POINTS} more`] : lines
}

function reasonLines({ check, kind, gate, weight, score, text, points }: Reason, paint: Paint): string[] {
  const mark = score === 1 ? paint('green', 'ok ') : paint('red', 'no ')
  const worth = gate ? 'gate' : `weight ${weight}${score === 1 ? '' : `, ${Math.round(score * 1000) / 1000}`}`
  return [`${mark} ${check} ${paint('dim', kind === check ? `(${worth})` : `(${kind}, ${worth})`)}${score === 1 ? '' : `: ${text}`}`, ...pointLines(points, paint)]
}

/** A remark; what it says is told once where several in a row say the same. */
function remarkLines({ text, category, source, points }: Remark, before: Remark | undefined, paint: Paint): string[] {
  const same = before?.text === text && before.source === source
  return [...(same ? [] : [`${paint('yellow', ' - ')} ${text} ${paint('dim', `(${category}${source === 'agent' ? '' : `, ${source}`})`)}`]), ...pointLines(points, paint)]
}

/** The whole explanation, as text. */
export function writeExplanation({ scenario, task, seed, options: { dynamics } }: Identity, explanation: Explanation, colour: boolean): string {
  const paint = painter(colour)
  const { summary, arithmetic, reasons, milestones, remarks, advice, stop_reason: reason } = explanation
  return [
    `${paint('bold', summary)}`,
    paint('dim', `${scenario} ${task}, seed ${seed}, ${dynamics}; ${reason === null ? 'it goes on: judged as it stands' : `ended: ${reason}`}`),
    ...(reasons.length ? ['', arithmetic, '', ...reasons.flatMap((one) => reasonLines(one, paint))] : []),
    ...(milestones.length ? ['', 'milestones:', ...milestones.map(({ check, milestone, reached, weight, event }) => `${reached ? paint('green', 'ok ') : paint('red', 'no ')} ${check}.${milestone} (weight ${weight})${event === undefined ? '' : paint('dim', ` event ${event}`)}`)] : []),
    ...(remarks.length ? ['', 'remarks, which count for nothing:', ...remarks.flatMap((one, i) => remarkLines(one, remarks[i - 1], paint))] : []),
    ...advice.flatMap(({ rubric, model, criteria, failed }) => ['', `advice of ${harmless(model)} on ${rubric}${failed === undefined ? ':' : `: none, ${harmless(failed)}`}`, ...criteria.map(({ criterion, met, because, confidence }) => `${met ? 'ok ' : 'no '} ${harmless(criterion)} (${confidence}): ${harmless(because)}`)]),
  ].join('\n')
}

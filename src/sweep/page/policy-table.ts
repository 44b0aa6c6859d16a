/** The figures of each policy: how well it did, and what that took. */
import type { PolicyFigures, SweepReport } from '../../../protocol/sweep-report.ts'
import { writeTime } from '../../survey/figure.ts'
import { countOf, estimateCell, NOTHING, percent, writeMean, writeWhole } from './figure-text.ts'
import { caption, type Column, escapeHtml, type Section, table } from './html.ts'
import { passPlots } from './pass-plot.ts'

/** A column over policies; one that no policy fills is left out. */
type Figure = Column & { readonly write: (figures: PolicyFigures) => string | undefined }

const number = (title: string, about: string, write: Figure['write']): Figure => ({ title, about, kind: 'number', write })

/** Milliseconds that may be fewer than none. */
function writeExtraTime(ms: number): string {
  return ms < 0 ? `−${writeTime(-ms)}` : writeTime(ms)
}

function whenScored(write: (figures: PolicyFigures) => string | undefined): Figure['write'] {
  return (figures) => (figures.episodes ? write(figures) : undefined)
}

/** The largest k that any policy has repeats for; 1 where nothing was repeated. */
function largestK({ policies }: SweepReport): number {
  return Math.max(1, ...policies.flatMap(({ pass_at }) => pass_at.map(({ k }) => k)))
}

function outcomeFigures(report: SweepReport): Figure[] {
  const most = largestK(report)
  const passed = (figures: PolicyFigures) => figures.pass_at.find(({ k }) => k === most)
  return [
    number('Episodes', 'Episodes that were scored.', ({ episodes }) => writeWhole(episodes)),
    number('Not scored', 'Because the environment broke, or because infrastructure did. They are no zeros.', ({ env_errors, failed }) => (env_errors + failed ? writeWhole(env_errors + failed) : undefined)),
    number('Success', 'Share of episodes that succeeded (pass@1).', ({ success }) => estimateCell(success, percent)),
    number('Success, at worst and best', 'If all that was not scored had failed, and if it had succeeded.', ({ env_errors, failed, success_bounds: [least, most] }) => (env_errors + failed ? `${percent(least)}<br>${percent(most)}` : undefined)),
    number('Reward', 'Mean reward, from 0 to 1.', ({ reward }) => estimateCell(reward, (value) => value.toFixed(3))),
    ...(most > 1
      ? [
          number(`pass@${most}`, `Share of tasks in which any of ${most} repeats succeeds.`, (figures) => percentOf(passed(figures)?.any)),
          number(`pass^${most}`, `Share of tasks in which all of ${most} repeats succeed.`, (figures) => percentOf(passed(figures)?.all)),
        ]
      : []),
    number('Recovers', 'Of the episodes in which a fault struck, the share that succeeded all the same.', ({ recovery }) => (recovery?.success ? `${estimateCell(recovery.success, percent)}<br><span class="interval">of ${writeWhole(recovery.met)}</span>` : undefined)),
    number('Collateral', 'Share of episodes that changed what was not theirs to change.', whenScored(({ collateral }) => estimateCell(collateral, percent))),
    number('Duplicates', 'Share of episodes with an effect that happened twice.', whenScored(({ duplicates }) => estimateCell(duplicates, percent))),
    number('False success', 'Share of episodes that ended as something done and was not.', whenScored(({ false_success }) => estimateCell(false_success, percent))),
    number('Zero signal', 'Share of groups of repeats with equal rewards: they teach a learner nothing.', ({ zero_signal }) => percentOf(zero_signal.share ?? undefined)),
  ]
}

const EFFORT: readonly Figure[] = [
  number('Turns', 'Mean turns of an episode.', whenScored(({ turns }) => writeMean(turns))),
  number('Calls', 'Mean calls of an episode.', whenScored(({ calls }) => writeMean(calls))),
  number('Virtual time', 'Mean virtual time of an episode.', whenScored(({ virtual_ms }) => writeTime(virtual_ms))),
  number('Tokens', 'Mean tokens of an episode, as the budget counts them.', whenScored(({ tokens }) => writeMean(tokens))),
  number('Extra calls to recover', 'Calls of those that recovered, beyond those of the same episode under the first dynamics.', ({ recovery }) => estimateCell(recovery?.extra_calls, writeMean)),
  number('Extra time to recover', 'Virtual time of those that recovered, beyond that of the same episode under the first dynamics.', ({ recovery }) => estimateCell(recovery?.extra_ms, writeExtraTime)),
  number('Requests', 'Asked of the endpoint, with what was asked again.', ({ usage }) => usage && writeWhole(usage.requests)),
  number('Retries', 'Of those requests.', ({ usage }) => usage && writeWhole(usage.retries)),
  number('Prompt tokens', 'That the endpoint counted, over all episodes.', ({ usage }) => usage && writeWhole(usage.prompt_tokens)),
  number('Completion tokens', 'That the endpoint counted, over all episodes.', ({ usage }) => usage && writeWhole(usage.completion_tokens)),
  number('Cost', 'Tokens by the price in the specification, in its currency.', ({ usage }) => (usage && usage.cost !== null ? usage.cost.toFixed(2) : undefined)),
]

function percentOf(share: number | undefined): string | undefined {
  return share === undefined ? undefined : percent(share)
}

function figureTable(policies: readonly PolicyFigures[], figures: readonly Figure[]): string {
  const used = figures.map((figure) => ({ ...figure, cells: policies.map((each) => figure.write(each) || NOTHING) })).filter(({ cells }) => cells.some((cell) => cell !== NOTHING))
  if (!used.length) return ''
  return table([{ title: 'Policy' }, ...used], policies.map(({ policy }, i) => [escapeHtml(policy), ...used.map(({ cells }) => cells[i]!)]))
}

function methods(report: SweepReport): string {
  const { counts, dynamics, spec, comparisons, against_first } = report
  const times = spec.repeats === 1 ? 'once' : `${writeWhole(spec.repeats)} times`
  return `<p class="note">Grey: 95% intervals. A task is a cluster: its repeats and its dynamics are alike, so intervals come from drawing whole tasks again (bootstrap), not episodes; here ${countOf(counts.tasks, 'task')}, each played ${times} under ${dynamics.length === 1 ? 'one dynamics' : `each of ${dynamics.length} dynamics`}. Where every task was played once, or all came out alike, it is Wilson's interval with as many trials as there are tasks. “No interval” stands where fewer than two tasks leave nothing to draw from.${comparisons.length + against_first.length ? " p-values come from random flips of the sign of each task's difference, two-sided, and are corrected for the number of comparisons in their list by Holm's method." : ''}</p>`
}

/** The section on policies. */
export function policySection(report: SweepReport): Section {
  const { policies } = report
  const effort = figureTable(policies, EFFORT)
  return {
    id: 'policies', title: 'Policies',
    html: [
      caption('How well each policy did', 'Over all scenarios and dynamics; more is better for success, reward, pass and recovery, less for the rest.'), figureTable(policies, outcomeFigures(report)), methods(report), passPlots(report),
      ...(effort ? [caption('What it took', 'Means of an episode, on the virtual clock; what endpoints used is summed up over all episodes.'), effort] : []),
    ].join('\n'),
  }
}

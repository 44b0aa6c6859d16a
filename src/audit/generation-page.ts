/** The report on generation as a page of Markdown. */
import type { Figures } from './generation-figures.ts'
import { type GenerationReport, type Held, holds, percent } from './generation-report.ts'

/** What was measured with a clock, in milliseconds: it differs from run to run. */
export type Speed = { readonly draws: number; readonly p50: number; readonly p90: number; readonly p99: number; readonly threads: number }

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function verdictOf({ ok, told }: Held): string {
  return ok ? 'holds' : told ? 'too few draws to say' : '**does not hold**'
}

/** The table of what must hold, for a terminal too. */
export function heldTable({ held }: GenerationReport): string {
  return table(['what', 'found', 'bound', ''], held.map((each) => [each.about, each.found, each.bound, verdictOf(each)]))
}

export function writePage(report: GenerationReport, figures: Figures, speed: Speed): string {
  const { draws, drafts, rejections, families, minimal, distinct, texts, axes, repeated, admitted } = report
  const all = Object.values(minimal).reduce((sum, count) => sum + count, 0)
  const figure = (name: string, words: string): string => (name in figures ? `\n![${words}](${name})\n` : '')
  return `# Generation, audited over ${draws} draws

Written by \`fractal-gym generate --audit ${draws} -o FOLDER\`; the same command writes the same figures on every machine, except the speed. ${holds(report) ? 'All that must hold does.' : 'Not all that must hold does: see the table.'}

${heldTable(report)}

## What was refused

${drafts} drafts were written for ${draws} seeds. A draft is refused before anyone sees it; the seed is then drawn again.

${table(['reason', 'drafts'], Object.entries(rejections).length ? Object.entries(rejections) : [['none', 0]])}

Every drawn task was proved before. Besides, ${admitted.scenarios} of the scenarios went through admission whole, as \`fractal-gym validate\` does it: all ${admitted.templates} templates, 20 seeds each, mutation table included. ${admitted.left.length === 0 ? 'All were admitted.' : `A file leaves out what is not sound for every seed, here ${admitted.left.length} ${admitted.left.length === 1 ? 'template' : 'templates'}:`}
${admitted.left.map(({ seed, task, found }) => `\n- seed ${seed}, ${task}: ${found.slice(0, 200)}`).join('')}

${repeated.draws} draws were made again by fresh threads in another order: ${repeated.different.length === 0 ? 'digests, hashes and rewards were the same' : `${repeated.different.length} differed (${repeated.different.slice(0, 10).join(', ')})`}.

## Requests

Each family with the share of plans that are paid exactly 1: by one agent, through the team, and by the robust oracle under the scenario's own dynamics; and the best of those that do not do the task.

${table(['family', 'draws', 'alone', 'team', 'robust', 'most for nothing', 'by'], families.map(({ family, draws: count, alone, team, robust, worst }) => [family, count, percent(alone, 1), percent(team, 1), percent(robust, 1), worst.mean.toFixed(4), worst.policy]))}
${figure('requests.svg', 'Requests by family, and what not doing them earns')}
## Whether a shorter plan exists

By search with bounds over the writes of all tools. *Unknown* means that the bounds came first; *nothing to undercut*, that the plan writes nothing.

${table(['verdict', 'draws', 'share'], Object.entries(minimal).map(([verdict, count]) => [verdict, count, percent(count / Math.max(1, all), 1)]))}

## Diversity

${table(['what', 'distinct'], Object.entries(distinct))}

Of all n-grams of words of the instructions, these shares are different ones: ${texts.ngrams.map((share, i) => `${i + 1} ${i === 0 ? 'word' : 'words'} ${percent(share, 1)}`).join(', ')}. Near-duplicates share four fifths of their word triples with an earlier instruction: ${percent(texts.near, 2)}.
${texts.pairs.map(([a, b]) => `\n- ${JSON.stringify(a)}\n  ${JSON.stringify(b)}`).join('')}
${figure('diversity.svg', 'Distinct things by draws')}${figure('teams.svg', 'Teams by pattern and size')}
## Difficulty

Success of a policy that is limited in one way, at each level of one axis, the others standing still; the same seeds at all levels, 95% intervals by Wilson. The policies and where the other axes stand: \`src/audit/difficulty.ts\`.

${table(['axis', 'policy', 'success by level', 'Spearman'], axes.map(({ axis, policy, points, rho }) => [axis, policy, points.map(({ level, success }) => `${level}: ${success.toFixed(2)}`).join(', '), rho.toFixed(2)]))}
${axes.length > 0 ? `\n${axes[0]!.points[0]!.episodes} episodes a level.\n` : ''}${figure('difficulty.svg', 'Success by level of each axis')}
## Speed

Drawing a scenario that was not seen before, with its task proved, on ${speed.threads} busy ${speed.threads === 1 ? 'thread' : 'threads'}: median ${speed.p50.toFixed(0)} ms, p90 ${speed.p90.toFixed(0)} ms, p99 ${speed.p99.toFixed(0)} ms over ${speed.draws} draws. \`node benchmarks/generate.ts\` measures it alone, with the cache and with others who step meanwhile.
`
}

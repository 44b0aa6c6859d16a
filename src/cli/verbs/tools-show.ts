/** `fractal-gym tools show`: what is in a recording. */
import { Command } from 'commander'
import type { Cassette } from '../../../protocol/cassette.ts'
import { mergeCassettes } from '../../mcp/merge-cassettes.ts'
import { harmless } from '../../record/paint.ts'
import { percentile } from '../../statistics/percentile.ts'
import { textTable } from '../../survey/text-table.ts'
import { print } from '../print.ts'
import { cassetteOf } from '../read-cassettes.ts'

const PAGE = 140

type ToolSummary = { readonly tool: string; readonly effect: 'read' | 'write'; readonly calls: number; readonly errors: number; readonly failures: Readonly<Record<string, number>>; readonly ms: { readonly p50: number; readonly p90: number; readonly p99: number }; readonly bytes: { readonly p50: number; readonly p99: number } }

function summaryOf({ tools, calls, answers }: Cassette): ToolSummary[] {
  return tools.map(({ name, annotations }) => {
    const mine = calls.filter(({ tool }) => tool === name)
    const failures: Record<string, number> = {}
    for (const { answer } of mine) {
      const { failure } = answers[answer]!
      if (failure) failures[failure] = (failures[failure] ?? 0) + 1
    }
    const [ms, bytes] = [mine.filter(({ answer }) => !answers[answer]!.failure).map((call) => call.ms), mine.map((call) => call.bytes)].map((values) => values.sort((a, b) => a - b)) as [number[], number[]]
    const at = (values: readonly number[], share: number): number => Math.round(percentile(values, share) * 10) / 10
    return {
      tool: name, effect: annotations?.readOnlyHint === true ? 'read' : 'write', calls: mine.length, errors: mine.filter(({ answer }) => answers[answer]!.is_error && !answers[answer]!.failure).length, failures,
      ms: { p50: at(ms, 0.5), p90: at(ms, 0.9), p99: at(ms, 0.99) }, bytes: { p50: at(bytes, 0.5), p99: at(bytes, 0.99) },
    }
  })
}

function show(file: string, { json = false }: { json?: boolean }): void {
  const cassette = cassetteOf(file)
  const { server, calls, answers, states, start } = cassette
  const tools = summaryOf(cassette)
  const reached = new Set([start, ...calls.flatMap(({ state, next }) => [state, ...(next === undefined ? [] : [next])])]).size
  const { conflicts } = mergeCassettes([cassette])
  const rows = Object.keys(states).length > 0
  if (json) {
    print(JSON.stringify({ server, calls: calls.length, answers: answers.length, states: reached, rows, conflicts, tools }))
    return
  }
  print(harmless(`${server.name} ${server.version}${server.package === undefined ? '' : ` (${server.package})`}${server.protocol === undefined ? '' : `, protocol ${server.protocol}`}`))
  print(`${calls.length} calls, ${answers.length} different answers, ${reached} states ${rows ? 'known by their rows' : 'known by the calls that led to them'}`)
  if (conflicts) print(`${conflicts} calls were answered otherwise than the same call before: the first answer is the one that replays`)
  print()
  const called = tools.filter((tool) => tool.calls > 0)
  for (const line of textTable(
    [{ title: 'tool' }, { title: 'effect' }, { title: 'calls', right: true }, { title: 'p50 ms', right: true }, { title: 'p90', right: true }, { title: 'p99', right: true }, { title: 'bytes p50', right: true }, { title: 'errors', right: true }, { title: 'without an answer', wraps: 20 }],
    called.map(({ tool, effect, calls: n, errors, failures, ms, bytes }) => [tool, effect, String(n), String(ms.p50), String(ms.p90), String(ms.p99), String(bytes.p50), String(errors), Object.entries(failures).map(([kind, count]) => `${count} ${kind}`).join(', ')]),
    process.stdout.columns ?? PAGE,
  )) print(harmless(line))
  const idle = tools.filter((tool) => tool.calls === 0).map(({ tool }) => tool)
  if (idle.length) print(harmless(`never called: ${idle.join(', ')}`))
}

/** Adds `show` to the verb `tools`. */
export function addToolsShow(tools: Command): void {
  tools.command('show')
    .description('Show what is in a recording: calls by tool, their latencies, errors and states.')
    .argument('<cassette>', 'a recording')
    .option('--json', 'print one object')
    .addHelpText('after', '\nExample:\n  $ fractal-gym tools show files.json')
    .action(show)
}

/** Every episode of a sweep as a line of a table, for other programs. */
import { luckOf, type Plan } from './plan.ts'
import { type Played, scenarioOf } from './played.ts'

const COLUMNS = ['unit', 'policy', 'scenario', 'digest', 'task', 'seed', 'luck', 'dynamics', 'repeat', 'split', 'group', 'status', 'cause', 'reward', 'success', 'stop_reason', 'claimed', 'turns', 'calls', 'tool_errors', 'rejected_calls', 'virtual_ms', 'tokens', 'prompt_tokens', 'completion_tokens', 'requests', 'retries', 'faults', 'issues', 'tries', 'verifier', 'engine', 'state_hash'] as const

type Line = Readonly<Record<(typeof COLUMNS)[number], string | number | boolean | null>>

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([name, count]) => (count === 1 ? name : `${name}*${count}`)).join(' ')
}

function lineOf(plan: Plan, played: Played, privileged: boolean): Line {
  const { unit, row, policy, dynamics, repeat, outcome } = played
  const { scenario, seed, task, split, group } = plan.rows[row]!
  const { usage } = outcome
  return {
    unit, policy: plan.policies[policy]!.name, scenario: scenario.startsWith('gen:') ? scenario.split('@')[0]! : scenarioOf(plan, row), digest: scenario.split('@')[1] ?? '', task, seed, luck: luckOf(plan, played), dynamics: plan.dynamics[dynamics]!, repeat, split, group,
    status: outcome.status, cause: outcome.cause ?? null, reward: outcome.reward, success: outcome.success, stop_reason: outcome.stop_reason, claimed: outcome.claimed,
    turns: outcome.turns, calls: outcome.calls, tool_errors: outcome.tool_errors, rejected_calls: outcome.rejected_calls, virtual_ms: outcome.virtual_ms, tokens: outcome.tokens,
    prompt_tokens: usage?.prompt_tokens ?? null, completion_tokens: usage?.completion_tokens ?? null, requests: usage?.requests ?? null, retries: usage?.retries ?? null,
    faults: privileged ? listed(outcome.faults) : null, issues: listed(outcome.issues), tries: outcome.tries, verifier: outcome.verifier, engine: outcome.engine, state_hash: outcome.state_hash,
  }
}

/** A field of CSV; what a spreadsheet would take for a formula is kept from that. */
function field(value: string | number | boolean | null): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The episodes as CSV with a head line (RFC 4180, lines end with a line feed). @param privileged whether faults are told */
export function* episodeLines(plan: Plan, played: readonly Played[], privileged: boolean): Generator<string> {
  yield COLUMNS.join(',')
  for (const episode of played) {
    const line = lineOf(plan, episode, privileged)
    yield COLUMNS.map((column) => field(line[column])).join(',')
  }
}

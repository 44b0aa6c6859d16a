/** The metrics page: counters of the server in Prometheus' text form, read only when somebody asks. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Gym } from './gym.ts'
import { LATENCY_BOUNDS_US } from './tally.ts'

type Row = { labels?: Record<string, string>; value: number }

/** The library's counters only go up one by one; ours are counted elsewhere, so each reading sets them anew. */
function counter(registry: Registry, name: string, help: string, labelNames: string[], read: () => Row[]): void {
  registry.registerMetric(new Counter({
    name, help, labelNames, registers: [],
    collect() {
      this.reset()
      for (const { labels = {}, value } of read()) this.inc(labels, value)
    },
  }))
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  registry.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(read()) } }))
}

function labelled(counts: ReadonlyMap<string, number>, label: string): Row[] {
  return [...counts].map(([key, value]) => ({ labels: { [label]: key }, value }))
}

/** The step histogram is counted into plain buckets, because the library's own costs a hash a step. */
function histogram(gym: Gym): string {
  const name = 'fractal_gym_step_seconds'
  const lines = [`# HELP ${name} Real time that the server spent on one env/step.`, `# TYPE ${name} histogram`]
  let total = 0
  for (const [index, count] of gym.tally.stepBuckets.entries()) {
    total += count
    const bound = LATENCY_BOUNDS_US[index]
    lines.push(`${name}_bucket{le="${bound === undefined ? '+Inf' : bound / 1_000_000}"} ${total}`)
  }
  lines.push(`${name}_sum ${gym.tally.stepSeconds}`, `${name}_count ${total}`)
  return lines.join('\n')
}

function countStore(registry: Registry, { keeper, tally, storeFault }: Gym): void {
  gauge(registry, 'fractal_gym_store_degraded', '1 while journals should be kept and are not.', () => ((keeper?.store.fault ?? storeFault) === undefined ? 0 : 1))
  if (!keeper) return
  const { store } = keeper
  gauge(registry, 'fractal_gym_journal_pending_bytes', 'Bytes of journals that wait for their commit.', () => store.counts.pendingBytes)
  gauge(registry, 'fractal_gym_journal_file_bytes', 'Bytes of the store in use, as of the last sweep.', () => store.counts.fileBytes)
  gauge(registry, 'fractal_gym_journal_full', '1 while journals fill their quota and none can be dropped.', () => (store.full ? 1 : 0))
  counter(registry, 'fractal_gym_journal_commits_total', 'Group commits of journals.', [], () => [{ value: store.counts.commits }])
  counter(registry, 'fractal_gym_journal_commit_seconds_total', 'Real time from handing over a batch to its commit.', [], () => [{ value: store.counts.commitMs / 1000 }])
  counter(registry, 'fractal_gym_journal_entries_total', 'Journal entries committed.', [], () => [{ value: store.counts.entries }])
  counter(registry, 'fractal_gym_journal_failures_total', 'Times that the store began to fail.', [], () => [{ value: store.counts.failures }])
  counter(registry, 'fractal_gym_journals_dropped_total', 'Journals dropped: ended or closed, idle, or for the quota.', ['reason'], () => labelled(new Map(Object.entries(store.counts.dropped)), 'reason'))
  counter(registry, 'fractal_gym_episodes_parked_total', 'Idle episodes that left the memory and can come back.', [], () => [{ value: tally.parked }])
  counter(registry, 'fractal_gym_episodes_rebuilt_total', 'Episodes rebuilt from their journals.', [], () => [{ value: tally.rebuilt }])
}

function countSupply(registry: Registry, { supply }: Gym): void {
  if (!supply) return
  gauge(registry, 'fractal_gym_generated_scenarios', 'Generated scenarios held compiled.', () => supply.size)
  gauge(registry, 'fractal_gym_generated_bytes', 'About how many bytes they take.', () => supply.bytes)
  counter(registry, 'fractal_gym_generated_total', 'Generated scenarios whose task was proved.', [], () => [{ value: supply.drawn }])
  counter(registry, 'fractal_gym_generated_rejected_total', 'Drafts of generated scenarios that nobody was given, by reason.', ['reason'], () => labelled(supply.rejected, 'reason'))
}

/** Builds the page; calling the result reads the counters of that moment. */
export function metricsOf(gym: Gym): { contentType: string; read(): Promise<string> } {
  const registry = new Registry()
  const { tally } = gym
  collectDefaultMetrics({ register: registry })
  gauge(registry, 'fractal_gym_episodes_live', 'Episodes held in memory.', () => gym.episodes.size)
  gauge(registry, 'fractal_gym_scenarios', 'Scenarios by name.', () => gym.scenarios.size)
  gauge(registry, 'fractal_gym_registered_versions', 'Versions of scenarios that were registered.', () => gym.scenarios.registered)
  gauge(registry, 'fractal_gym_admissions', 'Specifications being tried or waiting for it.', () => gym.scenarios.desk.load)
  gauge(registry, 'fractal_gym_connections', 'Open WebSocket connections.', () => tally.connections)
  gauge(registry, 'fractal_gym_live_servers', 'Servers of others that run for episodes.', () => gym.toolServers.running)
  gauge(registry, 'fractal_gym_mcp_sessions', 'Open MCP sessions.', () => tally.mcpSessions)
  counter(registry, 'fractal_gym_connections_total', 'Connections accepted.', [], () => [{ value: tally.connected }])
  counter(registry, 'fractal_gym_episodes_started_total', 'Episodes created by reset, fork or restore.', [], () => [{ value: tally.started }])
  counter(registry, 'fractal_gym_episodes_reaped_total', 'Episodes closed because nobody used them.', [], () => [{ value: tally.reaped }])
  counter(registry, 'fractal_gym_episodes_ended_total', 'Episodes that came to their end, by stop reason.', ['reason'], () => labelled(tally.ended, 'reason'))
  counter(registry, 'fractal_gym_env_errors_total', 'Episodes that a fault of the environment ended.', [], () => [{ value: tally.ended.get('env_error') ?? 0 }])
  counter(registry, 'fractal_gym_steps_total', 'Calls of env/step that were answered.', [], () => [{ value: tally.steps }])
  counter(registry, 'fractal_gym_errors_total', 'Error replies, by code.', ['code'], () => labelled(tally.errors, 'code'))
  countStore(registry, gym)
  countSupply(registry, gym)
  return {
    contentType: registry.contentType,
    read: async () => `${await registry.metrics()}${histogram(gym)}\n`,
  }
}

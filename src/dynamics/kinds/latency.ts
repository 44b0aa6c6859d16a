/** Kinds that take time. */
import { Buffer } from 'node:buffer'
import type { Distribution } from '../../../protocol/spec/dynamics-entry.ts'
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import type { DynamicsEntry } from '../../../protocol/spec/dynamics-kinds.ts'
import type { Kind } from '../compiled-entry.ts'
import { compileDistribution, deviate, drawExponential } from '../distribution.ts'

/** A latency that is drawn for each call by itself. */
function drawn<E extends DynamicsEntry>(distributionOf: (spec: E) => Distribution): Kind<E> {
  return {
    drive: 'calls',
    recovery: [],
    compile(spec, { self }) {
      const quantile = compileDistribution(distributionOf(spec))
      return { delay: (call) => quantile(deviate(call.keyOf(self())) * call.site.intensity) }
    },
  }
}

export const constant = drawn<EntryOf<'latency.constant'>>(({ ms }) => ({ ms }))
export const uniform = drawn<EntryOf<'latency.uniform'>>(({ min, max }) => ({ min, max }))
export const normal = drawn<EntryOf<'latency.normal'>>(({ mean, sd }) => ({ mean, sd }))
export const lognormal = drawn<EntryOf<'latency.lognormal'>>(({ p50, p99, cap }) => ({ p50, p99, cap }))
export const pareto = drawn<EntryOf<'latency.pareto'>>(({ minimum, alpha, cap }) => ({ minimum, alpha, cap }))
export const quantiles = drawn<EntryOf<'latency.quantiles'>>(({ quantiles: measured }) => ({ quantiles: measured }))

/** The first call after an idle while is slow. */
export const coldStart: Kind<EntryOf<'latency.cold_start'>> = {
  drive: 'calls',
  recovery: [],
  compile: ({ warm_ms, cold_ms, idle_ttl_ms, scope }, { self }) => ({
    delay(call) {
      const memo = call.memoOf(self(), scope)
      const last = call.state.memos.get(memo) as number | undefined
      const { start, intensity } = call.site
      call.state.memos.set(memo, Math.max(last ?? 0, start))
      const cold = last === undefined || start - last > idle_ttl_ms
      return cold ? warm_ms + (cold_ms - warm_ms) * intensity : warm_ms
    },
  }),
}

/** Servers that work off calls one after another: who comes while they are busy waits. */
export const queueing: Kind<EntryOf<'latency.queueing'>> = {
  drive: 'calls',
  recovery: [],
  compile: ({ service_rate, concurrency, scope }, { self }) => {
    const mean = 1000 / service_rate
    return {
      delay(call) {
        const memo = call.memoOf(self(), scope)
        const busy = ((call.state.memos.get(memo) as readonly number[] | undefined) ?? new Array<number>(concurrency).fill(0)).slice()
        const { start, intensity } = call.site
        const service = Math.round(mean * (1 - intensity) + drawExponential(call.keyOf(self()), mean) * intensity)
        const server = busy.indexOf(Math.min(...busy))
        busy[server] = Math.max(start, busy[server]!) + service
        call.state.memos.set(memo, busy)
        return busy[server]! - start
      },
    }
  },
}

/** Long answers take longer. */
export const bandwidth: Kind<EntryOf<'latency.bandwidth'>> = {
  drive: 'calls',
  recovery: [],
  compile: ({ bytes_per_second }) => ({ weigh: (call) => (Buffer.byteLength(call.content) * 1000 * call.site.intensity) / bytes_per_second }),
}

/** Slow calls come in runs: a first-order autoregression of the deviates. */
export const correlated: Kind<EntryOf<'latency.correlated'>> = {
  drive: 'calls',
  recovery: [],
  compile: ({ rho, of }, { self }) => {
    const quantile = compileDistribution(of)
    const rest = Math.sqrt(1 - rho * rho)
    return {
      delay(call) {
        const memo = call.memoOf(self())
        const before = call.state.memos.get(memo) as number | undefined
        const fresh = deviate(call.keyOf(self()))
        const now = before === undefined ? fresh : rho * before + rest * fresh
        call.state.memos.set(memo, now)
        return quantile(now * call.site.intensity)
      },
    }
  },
}

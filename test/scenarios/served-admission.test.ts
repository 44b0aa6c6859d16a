/**
 * The worlds behind real servers, admitted once more with the servers themselves: a recording refuses what it does not
 * know, so the attacks that it stops say nothing about the checks.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import t from 'tap'
import type { ServedReply } from '../../protocol/cassette.ts'
import { admitScenario } from '../../src/admit/admit.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import type { Served, ServedCall } from '../../src/world/served/served.ts'
import { ROOT, shippedCatalogue } from '../checkout.ts'

/** A live server whose answers are waited for; the same call in the same state is made once. */
function bridge({ world: { spec: { server } } }: CompiledScenario): { readonly serve: Served; readonly asked: () => number; close(): Promise<void> } {
  const { port1, port2 } = new MessageChannel()
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const list = readFileSync(join(ROOT, 'docs/tool-servers.example.yaml'), 'utf8')
  const worker = new Worker(new URL('live-bridge.js', import.meta.url), { workerData: { list, name: server!.name, mirror: server!.state, flag, port: port2 }, transferList: [port2] })
  const known = new Map<string, ServedReply>()
  const ask = (call: ServedCall): ServedReply => {
    Atomics.store(flag, 0, 0)
    port1.postMessage(call)
    Atomics.wait(flag, 0, 0, 60_000)
    return receiveMessageOnPort(port1)!.message as ServedReply
  }
  return {
    serve(call) {
      const key = `${call.at} ${call.tool} ${canonicalJson(call.arguments)}`
      const reply = known.get(key) ?? ask(call)
      known.set(key, reply)
      return reply
    },
    asked: () => known.size,
    async close() {
      worker.postMessage('end')
      await new Promise((resolve) => worker.once('exit', resolve))
      port1.close()
    },
  }
}

for (const name of ['memory', 'workspace']) {
  t.test(`${name} is admitted by what its real server does`, async (t) => {
    const scenario = shippedCatalogue().find(name)!
    const server = bridge(scenario)
    const recording = scenario.world.server!.recording as { serve: Served }
    const recorded = recording.serve
    // Where nothing is recorded the server says what happens; the rest is compared elsewhere.
    recording.serve = (call) => {
      const reply = recorded(call)
      return typeof reply.answer.json === 'string' && reply.answer.json.startsWith('No answer to this call') ? server.serve(call) : reply
    }
    const report = admitScenario(scenario, { seeds: 1 })
    t.same(report.checks.filter(({ ok }) => !ok).map(({ id, examples }) => `${id}: ${examples[0]?.found ?? ''}`), [])
    t.ok(server.asked() > 40, `${server.asked()} calls that the recording does not have`)
    recording.serve = recorded
    await server.close()
  })
}

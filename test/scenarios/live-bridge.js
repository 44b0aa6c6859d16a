// A worker that asks live servers, so that whoever waits for it gets answers at once; see served-admission.test.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { readAllowedServers } from '../../src/server/tool-servers/allowed-servers.ts'
import { LiveServer } from '../../src/server/tool-servers/live-server.ts'
import { wallClock } from '../../src/server/clock.ts'

const { list, name, mirror, flag, port } = workerData
const server = new LiveServer({ allowed: readAllowedServers(list, {}).get(name), mirror, first: undefined, clock: wallClock })
port.on('message', async (call) => {
  port.postMessage(await server.answer(call))
  Atomics.store(flag, 0, 1)
  Atomics.notify(flag, 0)
})
parentPort.on('message', async () => {
  await server.close()
  port.close()
  parentPort.close()
})

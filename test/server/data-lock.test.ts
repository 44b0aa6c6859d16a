import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { lockData } from '../../src/server/data-lock.ts'
import { ROOT } from '../checkout.ts'

t.test('one server holds a folder, until it ends or is killed', async (t) => {
  // Paths of sockets are short: a test folder inside the checkout would be too far away.
  const folder = mkdtempSync(join(tmpdir(), 'lock-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const unlock = await lockData(folder)
  t.equal(typeof unlock, 'function')
  t.equal(await lockData(folder), undefined, 'another one does not get it')
  unlock!()
  const code = `import { lockData } from ${JSON.stringify(join(ROOT, 'src/server/data-lock.ts'))}; console.log((await lockData(${JSON.stringify(folder)})) ? 'mine' : 'taken'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.match(String((await once(child.stdout!, 'data'))[0]), 'mine')
  t.equal(await lockData(folder), undefined)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.ok(existsSync(join(folder, 'server.sock')), 'a killed server leaves its socket behind')
  const again = await lockData(folder)
  t.equal(typeof again, 'function', 'which holds nobody off')
  again!()
})

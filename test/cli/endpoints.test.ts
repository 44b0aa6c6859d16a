/** `--endpoint NAME=URL,MODEL`. */
import t from 'tap'
import { readEndpoint } from '../../src/cli/endpoints.ts'
import { run } from '../../src/cli/program.ts'

t.test('names, addresses, models, keys', async (t) => {
  const kept = { ...process.env }
  t.teardown(() => { process.env = kept })
  process.env = { ...kept, FRACTAL_GYM_ENDPOINT_KEY: 'k-all', FRACTAL_GYM_ENDPOINT_KEY_VERY_SMALL: 'k-small' }
  const first = readEndpoint('very-small=http://127.0.0.1:8000/v1,org/model:8b,q4')
  t.match(first.get('very-small'), { url: 'http://127.0.0.1:8000/v1', model: 'org/model:8b,q4', key: 'k-small', timeoutMs: 60_000, retries: 3 })
  const both = readEndpoint('large=https://models.example/v1,m', first)
  t.match(both.get('large'), { url: 'https://models.example/v1', model: 'm', key: 'k-all' })
  t.same([...both.keys()], ['very-small', 'large'])
  delete process.env.FRACTAL_GYM_ENDPOINT_KEY
  t.notOk(readEndpoint('large=http://a/v1,m').get('large')!.key)
  const wrong: [string, RegExp][] = [
    ['', /NAME=URL,MODEL/], ['small', /NAME=URL,MODEL/], ['small=http://a/v1', /NAME=URL,MODEL/], ['small=http://a/v1, ', /model is missing/],
    ['Small=http://a/v1,m', /lower case/], ['=http://a/v1,m', /lower case/], ['small=ftp://a,m', /no address/], ['small=a,m', /no address/], ['small=http://a/v1?key=b,m', /before any/],
    ['small=http://me:secret@a/v1,m', /holds no key/], ['large=http://a/v1,m', /named twice/],
  ]
  for (const [text, message] of wrong) t.throws(() => readEndpoint(text, both), { message }, text)
})

t.test('serve takes it, and a wrong one is a mistake of usage', async (t) => {
  let err = ''
  t.equal(await run(['serve', '--endpoint', 'small'], { writeOut: () => {}, writeErr: (text) => { err += text } }), 2)
  t.match(err, /--endpoint[\s\S]*expected NAME=URL,MODEL/)
})

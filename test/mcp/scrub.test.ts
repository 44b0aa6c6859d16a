import t from 'tap'
import { environmentSecrets } from '../../src/mcp/environment-secrets.ts'
import { Scrubber } from '../../src/mcp/scrub.ts'
import { ScrubbedTape } from '../../src/mcp/scrubbed-tape.ts'
import { suspicionOf } from '../../src/mcp/secret-name.ts'
import { writeCassette } from '../../src/mcp/write-cassette.ts'
import fc from '../property.ts'

const letters = (n: number, alphabet = 'aB3dE5gH7jK9mN1pQ2sT4vW6xY8zC0'): string => Array.from({ length: n }, (_, i) => alphabet[(i * 7 + (i >> 3)) % alphabet.length]).join('')

/** Put together here, so that nobody who looks for secrets finds them in this file. */
const SHAPED: Record<string, string> = {
  'github classic': `${'gh'}p_${letters(36)}`,
  'github oauth': `${'gh'}o_${letters(36)}`,
  'github fine-grained': `${'github'}_pat_${letters(22)}_${letters(40)}`,
  'sk': `${'s'}k-${letters(40)}`,
  'sk of a project': `${'s'}k-proj-${letters(30)}-${letters(12)}`,
  'aws id': `${'AK'}IA${letters(16, 'ABCDEFG1234567')}`,
  'slack': `${'xo'}xb-123456789012-${letters(24)}`,
  'google': `${'AI'}za${letters(35)}`,
  'jwt': `${'ey'}J${letters(20)}.eyJ${letters(30)}.${letters(43)}`,
  'npm': `${'np'}m_${letters(36)}`,
  'hugging face': `${'h'}f_${letters(34)}`,
}
const PEM = `-----BEGIN RSA PRIVATE${' '}KEY-----\n${letters(64)}\n${letters(64)}\n-----END RSA PRIVATE${' '}KEY-----`

/** Ways in which a secret stands in a text. */
const PLACES: Record<string, (secret: string) => unknown> = {
  'bare': (s) => s,
  'prose': (s) => `The key is ${s}, keep it.`,
  'JSON in text': (s) => JSON.stringify({ note: `see ${s}` }),
  'JSON in JSON in text': (s) => JSON.stringify({ inner: JSON.stringify({ deep: s }) }),
  'indented JSON': (s) => JSON.stringify({ list: [s] }, null, 2),
  'unicode escapes': (s) => `{"a":"${[...s].map((c, i) => (i % 3 === 1 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c === '\n' ? '\\n' : c)).join('')}"}`,
  'base64': (s) => Buffer.from(`first line\ntoken ${s} end`).toString('base64'),
  'base64 in prose': (s) => `data:text/plain;base64,${Buffer.from(`x ${s}`).toString('base64')} and more`,
  'base64 lines': (s) => Buffer.from(`${'some words before it; '.repeat(4)}${s} `.padEnd(200, 'z')).toString('base64').replace(/(.{76})/g, '$1\n'),
  'key of an object': (s) => ({ [s]: 1 }),
  'nested': (s) => ({ a: [{ b: [s] }] }),
}

const unwrapped = (text: string): string => Buffer.from(text.replace(/\\n/g, ''), 'base64').toString()

t.test('secrets of every shape, in every place', async (t) => {
  for (const [kind, secret] of Object.entries({ ...SHAPED, pem: PEM })) {
    for (const [place, put] of Object.entries(PLACES)) {
      const shown = JSON.stringify(new Scrubber().scrub(put(secret)))
      const decoded = shown.replace(/[A-Za-z0-9+/]{20,}={0,2}/g, (code) => Buffer.from(code, 'base64').toString())
      t.notOk(holds(shown, secret) || holds(decoded, secret), `${kind}: ${place}: ${shown.slice(0, 150)}`)
      t.match(shown + Buffer.from(String(put(secret)), 'base64').toString() + decoded + unwrapped(shown), /<secret:1>/, `${kind}: ${place} has a placeholder`)
    }
  }
})

/** Whether the middle of a secret is there: of what was hidden nothing telling may be left. */
function holds(text: string, secret: string): boolean {
  const plain = secret.replace(/-----[A-Z ]+-----\n?/g, '')
  for (let at = 4; at + 12 <= plain.length; at += 4) if (text.includes(plain.slice(at, at + 12).split('\n')[0]!.padEnd(12, '\0'))) return true
  return false
}

t.test('values under suspicious names', async (t) => {
  const secret = 'Tr0ub4dor-and-3'
  const named: unknown[] = [
    { password: secret }, { Authorization: `Bearer ${secret}` }, { 'x-api-key': secret }, { apiKey: secret }, { client_secret: secret }, { AWS_SECRET_ACCESS_KEY: secret },
    { headers: [{ name: 'X-Auth-Token', value: secret }] }, { credentials: { user: 'ada', what: secret } }, { cookie: `theme=dark; sid=${secret}; Path=/` },
    { args: ['--token', secret] }, { env: { DB_PASSWORD: secret } }, { secrets: [secret] },
    `{"password": "${secret}"}`, `{'password': '${secret}'}`, `password=${secret}`, `DB_PASSWORD="${secret}"\nNAME=ada`, `api_key: ${secret}`, `https://x.test/?access_token=${secret}&page=2`,
    `https://ada:${secret}@x.test/path`, `Authorization: Bearer ${secret}`, `Authorization: Basic ${Buffer.from(`ada:${secret}`).toString('base64')}`, `Set-Cookie: sid=${secret}; HttpOnly`,
    `run --password ${secret} --verbose`, `run --api-key=${secret}`, `He measured 5" and "token": "${secret}".`, `{"a":"{\\"password\\":\\"${secret}\\"}"}`,
    `<login><user>ada</user><password>${secret}</password></login>`, `curl -u ada:${secret} https://x.test`,
    { url: `postgres://ada:${secret}@db.test:5432/x` }, { text: `export SECRET_KEY=${secret}` }, { password: `with "quotes" and \\ ${secret}` },
  ]
  for (const value of named) {
    const scrubber = new Scrubber()
    const shown = JSON.stringify(scrubber.scrub(value))
    t.notMatch(shown, secret.slice(2, 12), JSON.stringify(value))
    t.match(shown, /<secret:\d>/)
    t.same(scrubber.scrub(JSON.parse(shown)), JSON.parse(shown), 'once is enough')
  }
  t.same(new Scrubber().scrub({ password: 12345678, count: 12345678 }), { password: '<secret:1>', count: 12345678 })
  t.same(new Scrubber().scrub({ password: '', token: null, secret: true, api_key: '${API_KEY}', auth_token: '<your token>' }), { password: '', token: null, secret: true, api_key: '${API_KEY}', auth_token: '<your token>' })
  for (const name of ['max_tokens', 'tokens', 'token_count', 'token_type', 'nextPageToken', 'page_token', 'secretary', 'author', 'authors', 'monkey', 'key', 'primary_key', 'tokenize', 'passport', 'cookieName', 'keyboard']) t.equal(suspicionOf(name), undefined, name)
  for (const name of ['apiKey', 'API-KEY', 'x_api_key', 'accessToken', 'PASSWORD', 'dbPassword', 'client-secret', 'privateKey', 'GITHUB_TOKEN', 'set-cookie', 'proxy-authorization', 'aws_secret_access_key']) t.equal(suspicionOf(name), 'strong', name)
})

t.test('the same secret is the same placeholder everywhere, also where it came first', async (t) => {
  const secret = 'Tr0ub4dor-and-3'
  const scrubber = new Scrubber()
  t.same(scrubber.scrub({ first: `it is ${secret}!`, then: { password: secret }, url: encodeURIComponent(`a/${secret}`), code: Buffer.from(`xx${secret}y`).toString('base64') }).first, 'it is <secret:1>!')
  const strange = 'p"a/s\\s w&ö1+'
  const vault = new Scrubber({ secrets: [strange] })
  for (const form of [strange, JSON.stringify(strange), JSON.stringify(JSON.stringify(strange)), encodeURIComponent(strange), Buffer.from(strange).toString('base64'), Buffer.from(strange).toString('base64url'), Buffer.from(strange).toString('hex')]) {
    const shown = vault.scrub(`<${form}>`)
    t.ok(shown.includes('<secret:1>') || Buffer.from(shown.slice(1, -1), 'base64').toString() === '<secret:1>', `${form} -> ${shown}`)
  }
})

t.test('environment, folders, addresses, tools', async (t) => {
  const scrubber = new Scrubber({ secrets: ['hunter2', 'production', '8080', 'swordfish-99'], folders: { '<home>': '/home/ada', '<temp>': '/tmp' }, emails: true })
  t.equal(scrubber.scrub('in production on 8080: hunter2, not hunter23; swordfish-99'), 'in production on 8080: <secret:1>, not hunter23; <secret:2>')
  t.equal(scrubber.scrub('/home/ada/notes /home/adam /var/tmp/x /tmp/y file:///tmp/z "/home/ada" %2Fhome%2Fada%2Fq'), '<home>/notes /home/adam /var/tmp/x <temp>/y file://<temp>/z "<home>" <home>%2Fq')
  t.equal(scrubber.scrub('to ada@example.org and bob@example.org, again ada@example.org'), 'to <email:1> and <email:2>, again <email:1>')
  t.equal(new Scrubber().scrub('to ada@example.org'), 'to ada@example.org')
  const tool = { name: 'log_in', description: `Use ${SHAPED.sk} or swordfish-99`, inputSchema: { type: 'object', properties: { password: { type: 'string', description: 'The password', default: 'opensesame1' }, token: { type: 'string' } } } }
  const shown = scrubber.scrubTool(tool)
  t.same(shown.inputSchema.properties, { password: { type: 'string', description: 'The password', default: '<secret:4>' }, token: { type: 'string' } })
  t.notMatch(shown.description, /swordfish|sk-/)
  const aws = `${SHAPED['aws id']} ${letters(40)} ${'0123456789abcdef'.repeat(3).slice(0, 40)}`
  t.equal(new Scrubber().scrub(aws), `<secret:1> <secret:2> ${'0123456789abcdef'.repeat(3).slice(0, 40)}`, 'a digest beside a key stays')
  const image = Buffer.concat([Buffer.from([0x89, 0x50, 0, 1, 2, 255]), Buffer.from(SHAPED['github classic']!), Buffer.from([0, 9, 254])]).toString('base64')
  t.match(Buffer.from(scrubber.scrub({ type: 'image', data: image }).data, 'base64').toString('latin1'), /^.P.*<secret:\d>/s, 'inside bytes')
})

t.test('an environment gives away what is a secret in it', async (t) => {
  const random = letters(40)
  t.same(environmentSecrets({ PATH: '/usr/bin:/bin', LANG: 'C', NODE_ENV: 'production', MY_TOKEN: 'short', DATABASE_URL: 'postgres://ada:open-sesame@db/x', ODD: random, NAMED: 'plain', EMPTY_PASSWORD: '', GONE: undefined, MAX_TOKENS: '4096' }, ['NAMED']), ['short', 'open-sesame', random, 'plain'])
})

t.test('ordinary texts stay as they are', async (t) => {
  const scrubber = new Scrubber()
  const plain = [
    '3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'da39a3ee5e6b4b0d3255bfef95601890afd80709', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '/usr/local/lib/node_modules/@scope/package/dist/index.js',
    'C:\\Users\\Public\\Documents\\report.docx', 'https://example.org/a/b?page=2&next=abc#part', 'pneumonoultramicroscopicsilicovolcanoconiosis', 'a-very-long-kebab-case-name-for-a-component-0123', 'SGVsbG8gd29ybGQsIGhvdyBhcmUgeW91Pw==',
    'The token: a word of grammar. Password: required. The bearer of good news-tidings came; basic authentication is old.', 'const token = getToken()\nif (password === other.password) return process.env.API_KEY', 'max_tokens: 4096, token_type: "bearer", tokens=12', 'task-force-12345678901234567890',
    '2026-03-02T09:00:00Z sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==', '{"key":"value","author":"ada","id":"0f8fad5bd9cb469fa16570867728950e"}', 'SECRET', '', 'a=b', '"', '<token>x</token> <author>ada lovelace</author> <password>required</password>', 'sort -u a:b rsync',
    'http://a.aa?:a@ ', 'http://localhost:3000?mail=ada@example.org', 'http://localhost:3000#a@b',
  ]
  for (const text of plain) t.equal(scrubber.scrub(text), text, text)
  t.same(scrubber.vault.counts, {})
  const word = fc.oneof(fc.uuid(), fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 64 }), fc.lorem({ maxCount: 1 }), fc.webUrl({ withQueryParameters: true }), fc.ipV4(), fc.integer().map(String), fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: 1, maxLength: 40 }).map((w) => `/${w}/${w}.txt`), fc.date({ noInvalidDate: true }).map((d) => d.toISOString()))
  fc.assert(fc.property(fc.array(word, { maxLength: 12 }), fc.constantFrom(' ', '\n', ', ', '": "', ' = '), (words, between) => {
    const text = words.join(between)
    return new Scrubber().scrub(text) === text
  }), { numRuns: 400 })
  fc.assert(fc.property(fc.jsonValue().filter((value) => ![...JSON.stringify(value).matchAll(/"((?:[^"\\]|\\.)*)":/g)].some(([, key]) => suspicionOf(key!))), (value) => {
    const shown = new Scrubber().scrub(value)
    return JSON.stringify(shown) === JSON.stringify(value)
  }), { numRuns: 300 })
})

t.test('whatever secret is given: none of it is left, and once is enough', async () => {
  const secret = fc.string({ unit: 'binary', minLength: 12, maxLength: 40 }).filter((text) => text.isWellFormed() && text.trim().length >= 12 && !/["\\<>{}$%*]/.test(text))
  const around = fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((text) => text.replace(/[<>]/g, ''))
  fc.assert(fc.property(secret, around, around, (hidden, before, after) => {
    const scrubber = new Scrubber({ secrets: [hidden] })
    const value = { plain: before + hidden + after, json: JSON.stringify([before, hidden, after]), url: `https://x.test/?q=${encodeURIComponent(hidden)}`, [`k${hidden}`]: [hidden] }
    const shown = JSON.stringify(scrubber.scrub(value))
    const again = JSON.stringify(scrubber.scrub(JSON.parse(shown)))
    return !shown.includes(JSON.stringify(hidden).slice(1, -1)) && !JSON.parse(shown).plain.includes(hidden) && again === shown
  }), { numRuns: 300 })
})

t.test('large and nested values end', async (t) => {
  const scrubber = new Scrubber({ secrets: ['swordfish-99'] })
  let deep: unknown = 'swordfish-99'
  for (let i = 0; i < 200; i++) deep = [deep]
  t.notMatch(JSON.stringify(scrubber.scrub(deep)), 'swordfish')
  const began = performance.now()
  for (const text of [`"${'a'.repeat(2_000_000)}"`, '"'.repeat(300_000), '\\"'.repeat(300_000), 'a='.repeat(300_000), `${'x'.repeat(1_000_000)} swordfish-99`, 'token '.repeat(100_000), 'a:b@'.repeat(200_000), `--${'a-'.repeat(200_000)}`, 'http://'.repeat(100_000), '-----BEGIN PRIVATE KEY-----'.repeat(3000)]) t.notMatch(scrubber.scrub(text), /swordfish/)
  const ms = performance.now() - began
  t.ok(ms < 20_000, `${Math.round(ms)} ms`)
})

t.test('what a later call gives away is taken out of the earlier ones', async (t) => {
  const tools = [{ name: 'ask', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }, { name: 'put', inputSchema: { type: 'object' }, description: 'Not Tr0ub4dor-and-3 please.' }]
  const text = (value: string) => ({ content: [{ type: 'text', text: value }] })
  const tape = new ScrubbedTape({ name: 's', version: '1' }, tools, {})
  tape.add({ tool: 'put', arguments: { note: 'mine is Tr0ub4dor-and-3' }, ms: 1, result: text('ok') })
  tape.add({ tool: 'ask', arguments: {}, ms: 2, result: text('mine is Tr0ub4dor-and-3') })
  t.match(writeCassette(tape.toCassette()), 'Tr0ub4dor-and-3', 'nobody knows yet')
  tape.add({ tool: 'put', arguments: { password: 'Tr0ub4dor-and-3' }, ms: 3, result: text('{"ok":true}') })
  const cassette = tape.toCassette()
  t.notMatch(writeCassette(cassette), 'Tr0ub4dor')
  t.same(cassette.calls.map((call) => call.arguments), [{ note: 'mine is <secret:1>' }, {}, { password: '<secret:1>' }])
  t.equal(cassette.calls[1]!.state, cassette.calls[0]!.next, 'the states hang together')
  t.equal(tape.counts.secret, 1)
  t.notOk(tape.add({ tool: 'ask', arguments: { x: NaN }, ms: 1, result: text('') }))
  t.notOk(tape.add({ tool: 'unheard_of', arguments: {}, ms: 1, result: text('') }), 'a tool that the server does not list')
})

t.test('secrets that are taken apart, and JSON in a text that says by its structure what is one', async (t) => {
  const RANDOM = 'q7Zp2LmXv9RtKw3nB8Yc'
  const LINE = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'
  const [BEGIN, END] = [`-----BEGIN PRIVATE${' '}KEY-----`, `-----END PRIVATE${' '}KEY-----`]
  const hidden: readonly (readonly [unknown, string])[] = [
    [{ lines: [BEGIN, LINE, END] }, LINE],
    [[{ type: 'text', text: BEGIN }, { type: 'text', text: LINE }, { type: 'text', text: END }], LINE],
    [`${LINE}\n${LINE.slice(0, 9)}\n${END}\n`, LINE.slice(0, 9)],
    [`//registry.example/:_authToken=${RANDOM}`, RANDOM],
    [`Authorization: token ${RANDOM}`, RANDOM],
    [`postgres://bob:p@ss${RANDOM}@db/x`, RANDOM],
    ['Server=db;Uid=sa;Pwd=letmein;', 'letmein'],
    [`machine a.example login bob password ${RANDOM}`, RANDOM],
    [`<add key="ApiKey" value="${RANDOM}"/>`, RANDOM],
    ["export DB_PASS='hunter two'", 'hunter two'],
    [{ kind: 'Secret', data: { conn: 'aHVudGVyMg==' } }, 'aHVudGVyMg=='],
    [JSON.stringify([{ name: 'DB_PASSWORD', value: 'hunter2' }], null, 2), 'hunter2'],
    [JSON.stringify({ passwords: ['swordfish'] }), 'swordfish'],
    ...['whsec_', 'pypi-', 'hvs.', 'lin_api_', 'ntn_', 'GOCSPX-', 'https://hooks.slack.com/services/'].map((prefix) => [`see ${prefix}${'a1B2'.repeat(7)}${prefix === 'GOCSPX-' ? '' : 'a1B2'.repeat(5)}`, 'a1B2a1B2'] as const),
  ]
  for (const [value, secret] of hidden) t.notMatch(JSON.stringify(new Scrubber().scrub(value)), secret.slice(0, 40).replace(/[+=]/g, '.'), JSON.stringify(value))
  const json = JSON.stringify({ passwords: ['swordfish'], list: [1.5, { a: 'b' }] }, null, 2)
  t.equal(new Scrubber().scrub(`${json}\n`), `${json.replace('swordfish', '<secret:1>')}\n`, 'laid out as it was')
  const harmless = ['sk-learn-is-no-key-really-2024-edition', 'first_pass: "all of it"', 'https://a.example:8080/x@y', '{"a":  1, "secret_name": "x"}', `-----BEGIN CERTIFICATE-----\n${LINE}\n-----END CERTIFICATE-----`, '['.repeat(500) + ']'.repeat(500), '{"n": 12345678901234567890}']
  for (const text of harmless) t.equal(new Scrubber().scrub(text), text)
})

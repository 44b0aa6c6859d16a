/** Rubrics: what a model says is read strictly, kept by content, and changes nothing but notes. */
import t from 'tap'
import { QualityReport } from '../../protocol/quality-report.ts'
import { Episode } from '../../src/episode/episode.ts'
import { askRubric, type ReplyCache } from '../../src/llm/rubric.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { reportOf } from '../../src/record/quality-report.ts'
import { deskScenario } from '../desk.ts'
import { type Behaviour, complete, REAL, startModel } from './model-under-test.ts'

const RUBRIC = { id: 'tone', criteria: ['The agent is polite.', 'The agent is brief.'] }
const GOOD = { criteria: [{ met: true, because: 'It says please.', confidence: 0.9 }, { met: false, because: 'It writes a page.', confidence: 0.6 }] }

function memory(): ReplyCache & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return { kept, get: (key) => kept.get(key), set: (key, reply) => void kept.set(key, reply) }
}

t.test('an answer is matched to its criteria, kept by what was asked, and not asked for again', async (t) => {
  const model = await startModel(t)
  const cache = memory()
  model.behave((response) => complete(response, JSON.stringify(GOOD)))
  const ask = (transcript: string, name = 'judge') => askRubric(RUBRIC, transcript, model.endpoint({ model: name }), REAL, cache)
  const advice = await ask('a transcript')
  t.match(advice, { rubric: 'tone', model: 'judge', criteria: [{ criterion: RUBRIC.criteria[0], met: true }, { criterion: RUBRIC.criteria[1], met: false, confidence: 0.6 }] })
  t.same(await ask('a transcript'), advice)
  t.equal(model.asked.length, 1, 'from the cache')
  await ask('another transcript')
  await ask('a transcript', 'another judge')
  t.equal(model.asked.length, 3, 'another question, another model')
  const { messages } = model.asked[0]!.body
  t.same(JSON.parse(messages[1].content), { criteria: RUBRIC.criteria, recording: 'a transcript' }, 'what is judged is data, not instructions')

  cache.set([...cache.kept.keys()][0]!, 'rotten')
  t.same(await ask('a transcript'), advice, 'what cannot be read in the cache is asked for')
  const long = await askRubric(RUBRIC, 'x'.repeat(500_000), model.endpoint(), REAL)
  t.notOk(long.failed)
  t.ok(JSON.stringify(model.asked.at(-1)!.body).length < 70_000, 'a long recording is shortened')
})

t.test('answers that do not fit are sent back once, then told', async (t) => {
  const model = await startModel(t)
  const say = (...contents: string[]): Behaviour => (response, _asked, n) => complete(response, contents[Math.min(n, contents.length - 1)])
  model.behave(say('Sure! Here you go.', JSON.stringify(GOOD)))
  t.equal((await askRubric(RUBRIC, 'x', model.endpoint(), REAL)).criteria.length, 2)
  t.match(model.asked[1]!.body.messages.at(-1).content, /not JSON/)
  model.behave(say(`\`\`\`json\n${JSON.stringify(GOOD)}\n\`\`\``))
  t.equal((await askRubric(RUBRIC, 'x', model.endpoint(), REAL)).criteria.length, 2, 'in a fence')
  const wrong: [string, RegExp][] = [
    ['[]', /does not fit/], ['{"criteria": [{"met": true, "because": "", "confidence": 1}]}', /1 criteria of 2/],
    [JSON.stringify({ criteria: GOOD.criteria.map((one) => ({ ...one, confidence: 7 })) }), /confidence/],
    [JSON.stringify({ criteria: GOOD.criteria.map((one) => ({ ...one, met: 'yes' })) }), /met/],
    ['{"__proto__": {"criteria": []}}', /does not fit/],
  ]
  for (const [content, why] of wrong) {
    model.behave(say(content))
    const cache = memory()
    t.match(await askRubric(RUBRIC, 'x', model.endpoint(), REAL, cache), { criteria: [], failed: why })
    t.equal(model.asked.length, 2)
    t.equal(cache.kept.size, 0, 'what cannot be used is not kept')
  }
  model.behave(() => {})
  t.match(await askRubric(RUBRIC, 'x', model.endpoint({ timeoutMs: 200 }), REAL), { criteria: [], failed: /200 ms/ })
})

t.test('advice is notes: it moves no gate, no weight, no reward', async (t) => {
  const desk = deskScenario()
  for (const policy of ['oracle', 'noop']) {
    const episode = Episode.start(desk, { seed: 3, task: 'pay_once' })
    playOut(episode, createPolicy(policy, episode)!)
    const plain = reportOf(episode)
    const advised = reportOf(episode, [{ rubric: 'tone', model: 'judge', criteria: GOOD.criteria.map((one, i) => ({ criterion: RUBRIC.criteria[i]!, ...one })) }, { rubric: 'x', model: 'judge', criteria: [], failed: 'gone' }])
    t.same(advised.verdict, plain.verdict)
    t.equal(advised.issues.length, plain.issues.length + 1)
    t.match(advised.issues.at(-1), { id: 'tone.1', source: 'verifier', verdict: 'note', deterministic: false, confidence: 0.6 })
    t.equal(QualityReport.safeParse(JSON.parse(JSON.stringify(advised))).error, undefined)
  }
})

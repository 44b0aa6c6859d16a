/** Blueprints by a model: the repair loop, what is kept of it, and answers that are broken, cut or hostile. */
import t from 'tap'
import { authorBlueprint, MOST_ROUNDS, recallBlueprint } from '../../src/llm/blueprint-author.ts'
import { CLINIC } from '../generate/clinic-blueprint.ts'
import { type Behaviour, complete, MISBEHAVIOURS, REAL, startModel } from './model-under-test.ts'

const GOOD = JSON.stringify(CLINIC)
const SENTENCE = 'a clinic that books and bills appointments'
const anything = (): string[] => []

t.test('an answer that can be built is taken, and read again from the transcript', async (t) => {
  const model = await startModel(t)
  model.behave((response) => complete(response, GOOD))
  const { blueprint, transcript } = await authorBlueprint(SENTENCE, anything, model.endpoint(), REAL)
  t.same(blueprint, CLINIC)
  t.equal(transcript.rounds.length, 1)
  t.same(recallBlueprint(JSON.parse(JSON.stringify(transcript)), anything).blueprint, CLINIC)
  const { messages, response_format } = model.asked[0]!.body
  t.equal(response_format.type, 'json_schema')
  t.same(JSON.parse(messages[1].content), { sentence: SENTENCE }, 'the sentence is data')
  t.same(recallBlueprint({ ...transcript, rounds: [] }, anything).complaints, ['the transcript holds no answer'])
})

t.test('what cannot be built goes back with complaints until it can', async (t) => {
  const model = await startModel(t)
  const say = (...contents: string[]): Behaviour => (response, _asked, n) => complete(response, contents[Math.min(n, contents.length - 1)])
  const nameless = JSON.stringify({ ...CLINIC, entities: CLINIC.entities.slice(0, 1) })
  model.behave(say('Sure, here it is!', GOOD.slice(0, 4000), nameless, `\`\`\`json\n${GOOD}\n\`\`\``))
  const { blueprint, transcript } = await authorBlueprint(SENTENCE, anything, model.endpoint(), REAL)
  t.same(blueprint, CLINIC)
  t.match(transcript.rounds.map(({ complaints }) => complaints[0] ?? ''), ['the answer is not whole JSON: it breaks off', /breaks off/, /^entities: /, ''])
  t.match(model.asked[3]!.body.messages.at(-1).content, /entities: /)
  let looks = 0
  model.behave(say(GOOD))
  const judged = await authorBlueprint(SENTENCE, () => (looks++ < 2 ? ['intents.0.goals.0.state: no such state'] : []), model.endpoint(), REAL)
  t.equal(judged.transcript.rounds.length, 3)
  t.match(model.asked[1]!.body.messages.at(-1).content, /no such state/)
})

t.test('answers that stay broken, or are hostile, give a reason and harm nothing', async (t) => {
  const model = await startModel(t)
  const hostile = ['{"__proto__": {"format": "fractal-gym.blueprint/1"}}', 'null', '[]', '"x"', '9'.repeat(50_000), GOOD.replace('"patients"', '"__proto__"'), GOOD.replace('"an outpatient clinic"', JSON.stringify('x'.repeat(5000))), GOOD.replace('"rows":60', '"rows":1e9')]
  for (const content of hostile) {
    model.behave((response) => complete(response, content))
    const { blueprint, failed, transcript } = await authorBlueprint(SENTENCE, anything, model.endpoint(), REAL)
    t.notOk(blueprint)
    t.match(failed, /after 5 answers/)
    t.equal(transcript.rounds.length, MOST_ROUNDS)
    t.ok(JSON.stringify(model.asked.at(-1)!.body).length < 300_000, 'what goes back is bounded')
  }
  t.equal(({} as Record<string, unknown>).format, undefined)
})

t.test('an endpoint that misbehaves is told of', async (t) => {
  const model = await startModel(t)
  for (const [name, [behaviour]] of Object.entries(MISBEHAVIOURS)) {
    model.behave(behaviour)
    const { blueprint, failed } = await authorBlueprint(SENTENCE, anything, model.endpoint({ timeoutMs: 200, retries: 0 }), REAL)
    t.notOk(blueprint, name)
    t.type(failed, 'string', name)
  }
})

t.test('an answer over which the builder breaks is kept', async (t) => {
  const model = await startModel(t)
  model.behave((response) => complete(response, GOOD))
  const broken = (): string[] => { throw new TypeError('no such thing') }
  const { failed, transcript } = await authorBlueprint(SENTENCE, broken, model.endpoint(), REAL)
  t.match(failed, /after 5 answers.*a fault of the builder: no such thing/)
  t.equal(transcript.rounds[0]!.reply, GOOD)
  t.throws(() => recallBlueprint(transcript, broken), { message: 'no such thing' }, 'and breaks there in the same place')
})

/** What a person types is read as it is meant. */
import t from 'tap'
import type { ToolSchema } from '../../protocol/observation.ts'
import { readTyped, splitWords } from '../../src/cli/typed-action.ts'

const tools: ToolSchema[] = [
  { name: 'add_note', description: '', input_schema: { properties: { order_id: { type: 'string' }, text: { type: 'string' }, pin: { type: 'boolean' }, n: { type: 'integer' }, tags: { type: 'array' }, maybe: { type: ['string', 'null'] } } } },
  { name: 'find', description: '', input_schema: { properties: { email: { type: 'string' } } } },
  { name: 'finish', description: '', input_schema: { properties: { answer: { type: 'number' } } } },
  { name: 'finish_empty', description: '', input_schema: {} },
]

const argumentsOf = (line: string): unknown => {
  const typed = readTyped(line, tools)
  return 'action' in typed ? (typed.action.tool_calls![0] as { arguments: unknown }).arguments : typed.hint
}

t.test('key=value', async (t) => {
  t.same(argumentsOf('add_note order_id=W1 text="call first" pin=true n=3'), { order_id: 'W1', text: 'call first', pin: true, n: 3 })
  t.same(argumentsOf("add_note order_id=#W1 text='it''s'"), { order_id: '#W1', text: "it''s" })
  t.same(argumentsOf('add_note text="say \\"hi\\"" tags=["a b", 2]'), { text: 'say "hi"', tags: ['a b', 2] })
  t.same(argumentsOf('add_note order_id=123 n=x maybe=null'), { order_id: '123', n: 'x', maybe: null }, 'a text stays a text, and what is no number is sent as it is')
  t.same(argumentsOf('add_note text=a=b'), { text: 'a=b' })
  t.same(argumentsOf('find ada@example.com'), { email: 'ada@example.com' }, 'a single property needs no name')
  t.same(argumentsOf('finish 71.9'), { answer: 71.9 })
  t.same(argumentsOf('finish_empty'), {})
  t.match(argumentsOf('add_note W1 hello'), /name=value/)
})

t.test('JSON, text and mistakes', async (t) => {
  t.same(readTyped('{"name": "find", "arguments": {"email": "x"}}', tools), { action: { tool_calls: [{ name: 'find', arguments: { email: 'x' } }] } })
  t.same(readTyped('[{"name": "find"}, {"name": "find"}]', tools), { action: { tool_calls: [{ name: 'find' }, { name: 'find' }] } })
  t.same(readTyped('{"content": "hello", "think_ms": 5}', tools), { action: { content: 'hello', think_ms: 5 } })
  t.same(readTyped('say hello there', tools), { action: { content: 'hello there' } })
  t.match(readTyped('{"contents": 1}', tools), { hint: /not an action/ })
  t.match(readTyped('{', tools), { hint: /not JSON/ })
  t.match(readTyped('fnd x', tools), { hint: /did you mean find/ })
  t.same(splitWords('a  "b c" d[1, 2] e={"x": "} y"} '), ['a', '"b c"', 'd[1, 2]', 'e={"x": "} y"}'])
})

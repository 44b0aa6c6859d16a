/** Graphs of NexGAP as an order or as calls, and conditions in CEL. */
import t from 'tap'
import { translateCondition } from '../../src/nexau/condition.ts'
import { circlesOf, inOrder, reachedFrom } from '../../src/nexau/graph.ts'
import { loadFramework } from '../../src/nexau/load-framework.ts'
import { filesOf } from '../../src/nexau/source-files.ts'
import fc from '../property.ts'
import { linesOf, TEXTS } from './fixture-files.ts'

const files = filesOf(TEXTS)

t.test('an order: conditions, a tool, a join, what is left out', async (t) => {
  const loaded = loadFramework('gap-order/framework_config.yaml', files)
  t.same(linesOf(loaded).filter((line) => !/note (unsupported|binding)/.test(line)).map((line) => line.replace('gap-order/framework_config.yaml:', '')), [
    '2:17 note renamed', '23:10 warning orphan', '23:10 warning orphan', '21:10 warning unsupported', '18:10 warning arguments', '28:12 warning condition', '15:3 note edges', '9:16 warning orphan',
  ])
  const { root, agents } = loaded.document!
  t.equal(root, 'refund-line-workflow')
  t.same(Object.keys(agents), ['refund-line-workflow', 'intake', 'checker', 'payer', 'writer'])
  t.same(agents[root]!.workflow!.nodes, {
    intake: { agent: 'intake', message: '${input}', after: [] },
    list_orders: { tool: 'list_orders', after: ['intake'] },
    checker: { agent: 'checker', message: '${input}\n\nWhat list_orders gave:\n${list_orders}', after: ['list_orders'] },
    payer: { agent: 'payer', message: '${input}\n\nWhat checker gave:\n${checker}', after: ['checker'], if: "checker.decision == 'pay' && !(checker.amount > 100 || 'fraud' in checker.flags)" },
    writer: { agent: 'writer', message: '${input}\n\nWhat checker gave:\n${checker}\n\nWhat payer gave:\n${payer}', after: ['checker', 'payer'] },
  })
})

t.test('a hierarchy that was drawn as edges', async (t) => {
  const { document } = loadFramework('gap-calls/framework_config.yaml', files)
  t.equal(document!.root, 'brief_room')
  t.same(Object.entries(document!.agents).map(([name, { sub_agents = [] }]) => [name, sub_agents]), [['brief_room', ['finder', 'maker']], ['finder', ['page_finder']], ['maker', ['print_maker']], ['page_finder', []], ['print_maker', []]])
  const ordered = loadFramework('gap-calls/framework_config.yaml', files, { edges: 'order' }).document!
  t.equal(ordered.root, 'brief_room-workflow')
  t.equal(ordered.agents[ordered.root]!.workflow!.result, "{'page_finder': page_finder, 'print_maker': print_maker}")
  const circular = loadFramework('gap/framework_config.yaml', files, { edges: 'order' })
  t.ok(circular.remarks.some(({ level, code }) => level === 'error' && code === 'cycle'))
  const called = loadFramework('gap-order/framework_config.yaml', files, { edges: 'calls' }).document!
  t.match(called.agents, { intake: { tools: ['list_orders'] }, checker: undefined }, 'nobody calls what only a tool leads to')
})

t.test('ids that are no names become some', async (t) => {
  const text = `framework_name: x\nframework_entrance_agent: In\nagents: [{agent_name: In, sysprompt_path: p.md}, {agent_name: in, sysprompt_path: p.md}]\nworkflow: {name: w, nodes: [{id: In}, {id: in}], edges: [{from: In, to: in, condition: "In == 'go'"}]}`
  const { document } = loadFramework('f.yaml', filesOf({ 'f.yaml': text, 'p.md': 'x' }))
  t.same(document!.agents['x-workflow']!.workflow!.nodes, { in_node: { agent: 'in', message: '${input}', after: [] }, in_node_2: { agent: 'in-2', message: '${input}\n\nWhat in_node gave:\n${in_node}', after: ['in_node'], if: "in_node == 'go'" } })
})

t.test('conditions', async (t) => {
  const words = (word: string): string | undefined => ({ judge: 'judge', output: 'last', input: 'input' })[word]
  const cases: Record<string, string | undefined> = {
    "judge.verdict == 'weak'": "judge.verdict == 'weak'", 'output.score >= 0.5 and output.ok': 'last.score >= 0.5 && last.ok == true', "not judge.output.done or judge.n in [1, 2]": '!(judge.done == true) || judge.n in [1, 2]',
    '${judge.result.value == true}': 'judge.value == true', "{{ nodes.judge.output.x != None }}": 'judge.x != null', "'a' not in judge.tags": "!('a' in judge.tags)", '(judge.a == 1 || judge.b == 2) && input == "x"': '(judge.a == 1 || judge.b == 2) && input == "x"', True: 'true',
    'len(judge.x) > 3': undefined, "other == 'x'": undefined, "judge ==": undefined, '': undefined, 'judge.x + 1 > 2': undefined, '"text"': undefined, 'judge.__class__()': undefined, 'if the judge agrees': undefined, "judge == 'a' 'b'": undefined, '1': undefined, 'judge..x == 1': undefined,
    [`${'('.repeat(5000)}judge == 1`]: undefined, [`${'not '.repeat(5000)}judge == 1`]: undefined,
  }
  for (const [source, wanted] of Object.entries(cases)) t.equal(translateCondition(source, words), wanted, source.slice(0, 80))
  t.doesNotThrow(() => fc.assert(fc.property(fc.oneof(fc.string(), fc.array(fc.constantFrom('judge', '.', '==', 'and', 'not', 'in', '(', ')', '[', ']', ',', "'a'", '1', 'True', '||', '!')).map((parts) => parts.join(' '))), (source) => {
    const cel = translateCondition(source, words)
    if (cel?.includes('undefined')) throw new Error(cel)
  }), { numRuns: 2000 }))
})

t.test('graphs', async (t) => {
  const graph = new Map([['a', ['b', 'c']], ['b', ['d']], ['c', ['d']], ['d', []], ['e', ['e']]])
  t.same(inOrder(new Map([...graph].slice(0, 4))), ['a', 'b', 'c', 'd'])
  t.same([...reachedFrom('b', graph)], ['b', 'd'])
  t.same(circlesOf(graph), [['e', 'e']])
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)), { maxLength: 12 }), (edges) => {
    const any = new Map(names.map((name) => [name, edges.filter(([from]) => from === name).map(([, to]) => to)]))
    const order = inOrder(any)
    // All come into an order exactly where there is no circle.
    if ((order.length === names.length) !== (circlesOf(any).length === 0)) throw new Error('circles')
    if (edges.some(([from, to]) => order.includes(from) && order.includes(to) && order.indexOf(from) > order.indexOf(to))) throw new Error('order')
  }), { numRuns: 1000 }))
  const chain = new Map(Array.from({ length: 20_000 }, (_, i) => [String(i), [String(i + 1)]]))
  t.same(circlesOf(chain), [], 'long chains need no deep calls')
})

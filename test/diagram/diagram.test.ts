/** Frameworks as tree, Mermaid and SVG. */
import t from 'tap'
import { Framework } from '../../protocol/spec/framework.ts'
import { drawFigure, type Figure } from '../../src/diagram/figure.ts'
import { viewFramework } from '../../src/diagram/framework-view.ts'
import { arrange } from '../../src/diagram/layers.ts'
import { mermaidText } from '../../src/diagram/mermaid.ts'
import { keepApart, spread } from '../../src/diagram/spread.ts'
import { figureSvg, wrapLetters } from '../../src/diagram/svg.ts'
import { treeText } from '../../src/diagram/tree-text.ts'
import fc from '../property.ts'
import { readXml } from '../read-xml.ts'
import { largeFramework, workflowFramework } from './frameworks-under-test.ts'

/** Any framework: agents that call, hand over and run each other, with circles. */
const anyFramework = fc.array(fc.record({ calls: fc.array(fc.nat(11), { maxLength: 4 }), hands: fc.array(fc.nat(11), { maxLength: 2 }), runs: fc.array(fc.nat(11), { maxLength: 3 }), about: fc.string({ maxLength: 60 }) }), { minLength: 1, maxLength: 12 }).map((agents) => {
  const name = (i: number): string => `agent_${i % agents.length}`
  return Framework.parse({
    kind: 'Framework', name: 'any', description: 'Any.', root: name(0),
    agents: Object.fromEntries(agents.map(({ calls, hands, runs, about }, i) => [name(i), runs.length
      ? { description: about, workflow: { nodes: Object.fromEntries(runs.map((to, at) => [`n${at}`, { agent: name(to), message: 'x', ...(at > 1 && { after: ['n0'] }), ...(at === 1 && { if: about || 'true' }) }])) } }
      : { description: about, prompt: 'x', sub_agents: [...new Set(calls)].map(name), hand_offs: [...new Set(hands)].map(name) }])),
  })
})

t.test('the tree', async (t) => {
  t.same(treeText(viewFramework(workflowFramework(), ['get_order', 'list_orders']), { tools: true }), [
    'every-node: 6 agents, 3 levels', 'All kinds of nodes & "signs" <like these>.', 'line  workflow of 8 nodes · A line.',
    '├─ [look] tool  calls list_orders', "├─ [route] branch  refund if look.size() > 3 && input.contains('money'); talk if true; else none · after look", "├─ [plan] runs planner  after route if route == 'refund'", '│  └─ helper',
    '├─ [each] map  runs worker for each part of plan.parts · after plan', '│  └─ worker', '│     ├─ · get_order', '│     └─ hands off to helper  shown above',
    "├─ [fix] loop  at most 3 rounds, until judge == 'good' · after each", '│  ├─ [write] runs writer', '│  └─ [judge] runs critic  after write', '│     └─ line ↺  recursion',
    '├─ [consent] ask  asks the user: May we? · after route', '├─ [all] merge  merges {"a": each, "b": consent} · after fix, consent', '└─ [end_here] end  ends with an answer · after all',
  ])
  const large = treeText(viewFramework(largeFramework()), { width: 60 })
  t.equal(large[0], 'large: 40 agents, 6 levels, hierarchy')
  t.ok(large.every((line) => [...line].length <= 60))
  t.match(large.join('\n'), /division_a {2}Division a\.\n│ {2}├─ team_a1 {2}sent back at most 2 times · 1 tool\n[^]*auditor {2}1 tool · Looks at everybody\.[^]*auditor {2}shown above[^]*division_c ↺ {2}recursion/)
  const globs = Framework.parse({ kind: 'Framework', name: 'g', root: 'a', agents: { a: { prompt: 'x', tools: ['get_*'] } } })
  t.equal(treeText(viewFramework(globs, ['get_a', 'get_b', 'set_a']))[1], 'a  2 tools', 'globs are what they mean in the world')
  t.equal(treeText(viewFramework(globs))[1], 'a  1 tool')
})

t.test('every agent once, what comes again by name', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(anyFramework, (framework) => {
    const view = viewFramework(framework)
    const figure = drawFigure(view)
    const agents = figure.boxes.filter(({ kind }) => kind === 'agent' || kind === 'workflow').map(({ title }) => title)
    if (new Set(agents).size < agents.length) throw new Error('an agent twice')
    treeText(view)
    checkSvg(figure)
    checkMermaid(mermaidText(figure), figure)
  }), { numRuns: 300 }))
})

const [LABEL, ID] = [/"(?:[^"#;&<>`\\{}%]|#\w+;|<br\/>)*"/.source, /[arn]\d+/.source]
const LINES = [/^flowchart LR$/, new RegExp(`^ {2,4}${ID}(?:\\[${LABEL}\\]|\\[\\[${LABEL}\\]\\]|\\(\\[${LABEL}\\]\\)|\\(${LABEL}\\)|\\{\\{${LABEL}\\}\\})$`), new RegExp(`^ {2}subgraph w\\d+ \\[${LABEL}\\]$`), /^ {2}end$/, new RegExp(`^ {2}${ID} (?:-->|-\\.->|==>)(?:\\|${LABEL}\\|)? ${ID}$`), /^$/]

function checkMermaid(text: string, { boxes, arrows }: Figure): void {
  const lines = text.split('\n')
  const wrong = lines.find((line) => !LINES.some((form) => form.test(line)))
  if (wrong !== undefined) throw new Error(`no line of Mermaid: ${wrong}`)
  if (lines.filter((line) => LINES[1]!.test(line)).length !== boxes.length || lines.filter((line) => LINES[4]!.test(line)).length !== arrows.length) throw new Error('something is missing')
}

t.test('Mermaid: safe ids, quoted labels, every box and arrow', async (t) => {
  for (const framework of [largeFramework(), workflowFramework()]) {
    for (const tools of [false, true]) {
      const figure = drawFigure(viewFramework(framework), tools)
      t.doesNotThrow(() => checkMermaid(mermaidText(figure), figure))
    }
  }
  const text = mermaidText(drawFigure(viewFramework(workflowFramework())))
  t.match(text, 'n1("look<br/>calls list_orders")')
  t.match(text, "#gt; 3 #amp;#amp; input.contains('money')#59; talk if true")
  t.match(text, /a\d+ -\.->\|"hands off"\| a\d+/)
  const named = Framework.parse({ kind: 'Framework', name: 'n', root: 'end', agents: { end: { prompt: 'x', sub_agents: ['subgraph'] }, subgraph: { prompt: 'x' } } })
  t.equal(mermaidText(drawFigure(viewFramework(named))), 'flowchart LR\n  a0["end"]\n  a1["subgraph"]\n  a0 --> a1\n')
})

type Rect = { x: number; y: number; width: number; height: number }

/** Well-formed, self-contained, nothing over anything else, every text inside its box. */
function checkSvg(figure: Figure): void {
  const svg = figureSvg(figure, 'Title', 'about')
  // Texts may say anything; places may not.
  if (/\s(?:[xy][12]?|c[xy]|r[xy]?|width|height|d|points|viewBox|transform)="[^"]*(?:NaN|undefined|Infinity)/.test(svg)) throw new Error('no place')
  if (/<script|<image|href|https?:\/\/(?!www\.w3\.org\/2000\/svg)/.test(svg)) throw new Error('not self-contained')
  const elements = readXml(svg)
  const number = (value: string | undefined): number => Number(value ?? 0)
  const page = { width: number(elements[0]!.attributes.width), height: number(elements[0]!.attributes.height) }
  const boxes: Rect[] = []
  elements.forEach(({ name, attributes }, i) => {
    if (name !== 'g' || attributes['data-box'] === undefined) return
    const inside = elements.slice(i + 1, elements.findIndex((one, at) => at > i && one.name === 'g') < 0 ? undefined : elements.findIndex((one, at) => at > i && one.name === 'g'))
    const rect = inside.find((one) => one.name === 'rect')!.attributes
    const box = { x: number(rect.x), y: number(rect.y), width: number(rect.width), height: number(rect.height) }
    boxes.push(box)
    if (box.x < 0 || box.y < 0 || box.x + box.width > page.width || box.y + box.height > page.height) throw new Error('outside the page')
    for (const text of inside.filter((one) => one.name === 'text')) {
      const wide = [...text.text.replace(/&\w+;/g, '.')].length * (text.attributes.class === 'title' ? 8.2 : 6.4)
      if (number(text.attributes.x) + wide > box.x + box.width || number(text.attributes.y) > box.y + box.height) throw new Error(`cut: ${text.text}`)
    }
  })
  if (boxes.length !== figure.boxes.length) throw new Error('a box is missing')
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height) throw new Error('boxes over each other')
  }))
  if (elements.filter(({ attributes }) => attributes['data-arrow'] !== undefined).length !== figure.arrows.length) throw new Error('an arrow is missing')
}

t.test('SVG: forty agents, workflows, tools listed', async (t) => {
  for (const framework of [largeFramework(), workflowFramework()]) {
    for (const tools of [false, true]) t.doesNotThrow(() => checkSvg(drawFigure(viewFramework(framework), tools)), `${framework.name} ${tools}`)
  }
  const svg = figureSvg(drawFigure(viewFramework(largeFramework())), 'large & <small>', 'x')
  t.match(svg, /prefers-color-scheme:dark/)
  t.match(svg, 'large &amp; &lt;small&gt;')
  t.ok(Number(/ height="(\d+)"/.exec(svg)![1]) < 2000 && Number(/ width="(\d+)"/.exec(svg)![1]) < 2000, 'it fits a screen or two')
})

t.test('columns and heights', async (t) => {
  const { columns, ways } = arrange(['a', 'b', 'c', 'd'], [{ from: 'a', to: 'b' }, { from: 'b', to: 'c' }, { from: 'a', to: 'c' }, { from: 'a', to: 'd' }])
  t.same(columns.map((column) => column.map(({ id, isBox }) => (isBox ? id : '-')).sort()), [['a'], ['-', 'b', 'd'], ['c']])
  t.same([...ways.values()].map((way) => way.length), [2, 2, 3, 2])
  const middles = spread({ columns, ways }, () => 10, 5)
  t.equal(Math.min(...middles.values()), 5)
  t.same(keepApart([0, 0, 0], [0, 10, 10]), [-10, 0, 10])
  t.same(keepApart([0, 100, 50], [0, 10, 10]), [0, 70, 80])
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 50 })), { maxLength: 20 }), (items) => {
    const placed = keepApart(items.map(([value]) => value), items.map(([, apart], i) => (i ? apart : 0)))
    if (placed.some((y, i) => i > 0 && y - placed[i - 1]! < items[i]![1] - 1e-6)) throw new Error('too near')
  })))
})

t.test('long words are broken, none is lost', async (t) => {
  t.same(wrapLetters('a_rather_long_name_that_goes_on_and_on', 12), ['a_rather_', 'long_name_', 'that_goes_', 'on_and_on'])
  t.same(wrapLetters('x'.repeat(30), 12), ['x'.repeat(12), 'x'.repeat(12), 'x'.repeat(6)])
  t.doesNotThrow(() => fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => {
    const lines = wrapLetters(text, 12)
    if (lines.some((line) => line.length > 12) || lines.join('').replace(/\s/g, '') !== text.replace(/\s/g, '')) throw new Error(lines.join('|'))
  })))
})

/** Lays out the team of a world: the pattern decides who begins and who comes after whom, trees of desks do the work. */
import type { Team } from '../../protocol/spec/blueprint.ts'
import type { Framework, Workflow, WorkflowNode } from '../../protocol/spec/framework.ts'
import { below, type Key, keyOf } from '../core/keyed.ts'
import type { Outline } from './outline.ts'
import { happens, pickOne } from './pick.ts'
import { entityParts, type Part, union } from './team-part.ts'
import { leadPrompt, matters, type TeamWords, workPrompt } from './team-prompt.ts'
import { branches, cut, enter, type Growth, helpers, nameFor, nextRole, tree, type Yard } from './team-tree.ts'

type Pattern = Team['pattern']

/** Patterns whose root is a fixed order: nobody in it talks to the user. */
export const FIXED: ReadonlySet<Pattern> = new Set(['pipeline', 'router', 'map-merge', 'blackboard'])

const REQUEST = '${input}'
const told = (node: string, what: string): string => `${what}: \${${node}}`

/** Whether a kind of team talks to the user while it works. */
export function canTalk(framework: Framework): boolean {
  return framework.agents[framework.root]!.workflow === undefined
}

function first(yard: Yard, otherwise: string): { role: string; name: string } {
  const role = nextRole(yard, otherwise)
  return { role, name: nameFor(yard, role) }
}

function single(yard: Yard): string {
  const { role, name } = first(yard, 'assistant')
  return enter(yard, name, { description: 'Carries out one request.', tools: ['*'], limits: {}, prompt: leadPrompt(yard.words, role, yard.key, { talks: true }) })
}

/** A tree that reaches the last of so many layers, below the first. */
function deep(layers: number, agents: number): Growth {
  return { levels: Math.max(1, layers - 1), agents: Math.max(1, agents), exact: true }
}

/** A tree of any depth, below the first layer, whose last stages may answer. */
function stage(layers: number, agents: number): Growth {
  return { levels: Math.max(1, layers - 1), agents, exact: false, answers: true }
}

/** A lead over desks, or over leads of desks. */
function led(yard: Yard, { layers, agents }: Team): string {
  const { role, name } = first(yard, 'coordinator')
  enter(yard, name, { description: 'Has requests carried out.' })
  const names = branches(yard, entityParts(yard.outline), { levels: Math.max(1, layers - 1), agents: Math.max(2, agents - 1), exact: true }, 'led')
  return enter(yard, name, { description: 'Has requests carried out.', sub_agents: names, delegation: yard.delegation, limits: {}, prompt: leadPrompt(yard.words, role, yard.key, { helps: helpers(yard, names), talks: true }) })
}

/** Reads of all parts, and everything. */
function reading(parts: readonly Part[]): Part[] {
  return parts.map((part) => union([{ ...part, tools: part.tools.filter(({ effect }) => effect === 'read') }])).filter(({ tools }) => tools.length > 0)
}

function planner(yard: Yard, { layers, agents }: Team): string {
  const { role, name } = first(yard, 'planner')
  enter(yard, name, { description: 'Looks, plans and answers for the outcome.' })
  const executor = tree(yard, entityParts(yard.outline), deep(layers, agents - 1), 'executor')
  const reads = yard.outline.tools.filter(({ effect }) => effect === 'read').map((tool) => tool.name)
  return enter(yard, name, {
    description: 'Looks, plans and answers for the outcome.', tools: reads, sub_agents: [{ agent: executor, send_back: 4 }], delegation: yard.delegation, limits: {},
    prompt: leadPrompt(yard.words, role, yard.key, { helps: helpers(yard, [executor]), talks: true, extra: 'You can look at everything and change nothing. Write the plan down step by step, with every key and value; have it carried out, check the report, and plan again where something came out otherwise. You can go on with the same colleague by its id, four times at most.' }),
  })
}

function supervisor(yard: Yard, { layers, agents }: Team): string {
  const { role, name } = first(yard, 'supervisor')
  enter(yard, name, { description: 'Has work done, looks at it, and sends it back.' })
  const worker = tree(yard, entityParts(yard.outline), deep(layers, agents - 1), 'worker')
  const reads = yard.outline.tools.filter(({ does }) => does === 'get').map((tool) => tool.name)
  return enter(yard, name, {
    description: 'Has work done, looks at it, and sends it back.', tools: reads, sub_agents: [{ agent: worker, send_back: 2 }], delegation: yard.delegation, limits: {},
    prompt: leadPrompt(yard.words, role, yard.key, { helps: helpers(yard, [worker]), talks: true, extra: 'Look at what was done before you accept it. What is not right goes back to the same colleague by its id, twice at most, with what is wrong about it.' }),
  })
}

type Nodes = Record<string, WorkflowNode>

/** The last of a fixed order: whoever can still do all of it. */
function closer(yard: Yard, layers: number, agents: number): string {
  return tree(yard, entityParts(yard.outline), { ...deep(layers, agents), answers: true }, 'closer')
}

/** How a fixed order ends: with what the last one gives. */
function ending(nodes: Nodes, last: string): Workflow {
  nodes['declined'] = { end: { unable: `\${${last}.unable}` }, if: `has(${last}.unable)` }
  return { nodes, result: `${last}.answer` }
}

function root(yard: Yard, description: string, workflow: Workflow): string {
  return enter(yard, nameFor(yard, pickOne(yard.key, 'order of work', ['order of work', 'office', 'line', 'back office', 'desk'])), { description, workflow })
}

function share(agents: number, among: number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(agents / Math.max(1, among))))
}

/** One after another: those who look, then whoever does the rest. */
function pipeline(yard: Yard, { layers, agents }: Team): string {
  const stages = Math.max(2, Math.min(6, agents - 1, 2 + below(keyOf(['stages'], yard.key), 4)))
  const parts = cut(reading(entityParts(yard.outline)), stages - 1, yard.key)
  const per = share(agents - 1, stages, 24)
  const nodes: Nodes = {}
  let known = ''
  for (let i = 0; i < stages - 1; i++) {
    const own = parts.filter((_, at) => Math.floor((at * (stages - 1)) / parts.length) === i)
    if (own.length === 0) continue
    const node = `stage_${i + 1}`
    nodes[node] = { agent: tree(yard, own, stage(layers, per), node), message: `The request: ${REQUEST}${known}` }
    known += `\n${told(node, `What stage ${i + 1} found`)}`
  }
  nodes['last'] = { agent: closer(yard, layers, Math.max(1, agents - 1 - per * (stages - 1))), message: `The request: ${REQUEST}${known}` }
  return root(yard, 'A fixed order: some look, the last one acts.', ending(nodes, 'last'))
}

/** One reads the request and names the way; who may do all of it takes what fits no other. */
function router(yard: Yard, { layers, agents }: Team): string {
  const ways = Math.max(1, Math.min(5, agents - 3, 2 + below(keyOf(['ways'], yard.key), 3)))
  const parts = cut(entityParts(yard.outline), ways, yard.key)
  const per = share(agents - 2, ways + 1, 16)
  const sorter = nextRole(yard, 'sorter')
  const names = Array.from({ length: Math.min(ways, parts.length) }, (_, i) => `way_${i + 1}`)
  const groups = names.map((_, i) => parts.filter((_part, at) => Math.floor((at * names.length) / parts.length) === i))
  const abouts = groups.map((own) => matters(union(own), yard.outline))
  const first_ = enter(yard, nameFor(yard, sorter), {
    description: 'Says whose business a request is.',
    tools: yard.outline.tools.filter(({ does }) => does === 'search').map((tool) => tool.name),
    prompt: workPrompt(yard.words, sorter, 'requests that come in', yard.key, { writes: false, extra: `Say whose business a request is:\n${names.map((name, i) => `- ${name}: ${abouts[i]}`).join('\n')}\n- all: what concerns several of these.\nPut it into your report as "route".` }),
  })
  const nodes: Nodes = { sorter: { agent: first_, message: REQUEST }, way: { branch: Object.fromEntries(names.map((name) => [`to_${name}`, `has(sorter.route) ? sorter.route == '${name}' : false`])), else: 'to_all' } }
  const message = `The request: ${REQUEST}\n${told('sorter', 'What is known')}`
  names.forEach((name, i) => { nodes[name] = { agent: tree(yard, groups[i]!, stage(layers, per), name), message, if: `way == 'to_${name}'`, after: ['way'] } })
  nodes['all'] = { agent: closer(yard, layers, Math.max(1, agents - 2 - per * names.length)), message, if: "way == 'to_all'", after: ['way'] }
  const choice = names.reduceRight((rest, name) => `way == 'to_${name}' ? ${name} : ${rest}`, 'all')
  nodes['reply'] = { merge: choice, after: [...names, 'all'] }
  return root(yard, 'Each request goes to one desk.', ending(nodes, 'reply'))
}

/** Scouts look at the same time, each at one kind of record; then one goes on with all of it. */
function mapped(yard: Yard, { layers, agents }: Team): string {
  const parts = reading(entityParts(yard.outline))
  const count = Math.max(1, Math.min(parts.length, Math.floor((agents - 1) / 2), 6))
  const per = share(agents - 1, count + 1, 16)
  const nodes: Nodes = {}
  const names: string[] = []
  for (let i = 0; i < count; i++) {
    const own = parts.filter((_, at) => Math.floor((at * count) / parts.length) === i)
    const kinds = own.map(({ about }) => yard.outline.words[about[0]!]!.many)
    const node = `looks_${i + 1}`
    nodes[node] = { map: { over: `[${kinds.map((kind) => `'${kind}'`).join(', ')}]`, as: 'kind', agent: tree(yard, own, stage(layers, per), node), message: `The request: ${REQUEST}\nLook only at the \${kind} that it is about, and report what you see.` }, after: [] }
    names.push(node)
  }
  nodes['seen'] = { merge: `[${names.join(', ')}]`, after: names }
  nodes['last'] = { agent: closer(yard, layers, agents - 1 - per * count), message: `The request: ${REQUEST}\n${told('seen', 'What was seen')}` }
  return root(yard, 'Several look at the same time, one goes on with what they saw.', ending(nodes, 'last'))
}

/** Work, review, and work again, a few rounds at most. */
function reviewed(yard: Yard, { layers, agents }: Team): string {
  const worker = closer(yard, layers, Math.max(1, agents - 2))
  const role = nextRole(yard, 'reviewer')
  const reviewer = enter(yard, nameFor(yard, role), {
    description: 'Looks at the work and says whether it holds.', tools: yard.outline.tools.filter(({ does }) => does === 'get' || does === 'search').map((tool) => tool.name),
    prompt: workPrompt(yard.words, role, 'work of others', yard.key, { writes: false, extra: 'You are given a request and a report. Believe neither before you have looked. Put "approved": true or false into your report, and what is missing.' }),
  })
  const inner = { work: { agent: worker, message: `The request: ${REQUEST}\n${told('work', 'What you reported last')}\n${told('review', 'What the reviewer says of it')}` }, review: { agent: reviewer, message: `The request: ${REQUEST}\n${told('work', 'The report')}` } }
  const nodes: Nodes = { rounds: { loop: { nodes: inner, until: 'has(work.unable) || (has(review.approved) ? review.approved == true : true)', most: 2 + below(keyOf(['rounds'], yard.key), 3) } } }
  return root(yard, 'Work, review, and work again.', ending(nodes, 'work'))
}

/** Experts write on a board that all of them see; a clerk acts when enough stands there. */
function blackboard(yard: Yard, { layers, agents }: Team): string {
  const parts = reading(entityParts(yard.outline))
  const count = Math.max(1, Math.min(parts.length, agents - 2, 6))
  const per = share(agents - 1, count + 1, 12)
  const inner: Nodes & Record<string, never> = {} as never
  const names: string[] = []
  for (let i = 0; i < count; i++) {
    const own = parts.filter((_, at) => Math.floor((at * count) / parts.length) === i)
    if (own.length === 0) continue
    const node = `expert_${i + 1}`
    const name = tree(yard, own, stage(layers, per), node)
    yard.agents[name] = { ...yard.agents[name]!, storage: true }
    yard.agents[name].prompt += `\n\nAll experts share a board in the storage. Yours is the key board/${node}: write there what you found, and read the others' when you need it.`
    ;(inner as Nodes)[node] = { agent: name, message: REQUEST, after: [] }
    names.push(node)
  }
  const clerk = closer(yard, layers, Math.max(1, agents - 1 - per * count))
  yard.agents[clerk] = { ...yard.agents[clerk]!, storage: true }
  yard.agents[clerk].prompt += '\n\nThe experts write what they find on a board in the storage, under board/expert_1 and so on. If something is missing there that they can still find, report {"waiting": true}: they are called once more.'
  ;(inner as Nodes)['clerk'] = { agent: clerk, message: `The request: ${REQUEST}`, after: names }
  const nodes: Nodes = { rounds: { loop: { nodes: inner, until: 'has(clerk.waiting) ? clerk.waiting != true : true', most: 2 + below(keyOf(['rounds'], yard.key), 3) } } }
  return root(yard, 'Experts share a board; one acts on it.', ending(nodes, 'clerk'))
}

/** Desks that hand the whole request over to each other. */
function relay(yard: Yard, { layers, agents }: Team): string {
  const desks = Math.max(2, Math.min(12, agents))
  const parts = cut(entityParts(yard.outline), desks, yard.key)
  const groups = Array.from({ length: Math.min(desks, parts.length) }, (_, i) => union(parts.filter((_part, at) => Math.floor((at * Math.min(desks, parts.length)) / parts.length) === i)))
  const made = groups.map((part) => {
    const role = nextRole(yard, `${yard.outline.words[part.about[0]!]!.many} desk`)
    const name = nameFor(yard, role)
    enter(yard, name, { description: `Deals with ${matters(part, yard.outline)}.` })
    return { part, role, name }
  })
  const spare = Math.max(0, agents - made.length)
  made.forEach(({ part, role, name }, i) => {
    // A ring, so that everybody can be reached, and some shorter ways.
    const others = made.map((each) => each.name).filter((other, at) => other !== name && (at === (i + 1) % made.length || happens(keyOf(['hand over', i, at], yard.key), 'way', 0.4)))
    const own = part.tools.map((tool) => tool.name)
    const below_ = layers > 2 && i === 0 ? branches(yard, [part], { levels: layers - 1, agents: spare, exact: true }, `relay/${i}`) : []
    enter(yard, name, {
      description: `Deals with ${matters(part, yard.outline)}.`, tools: below_.length ? [] : [...new Set([...own, ...yard.outline.tools.filter((tool) => part.about.includes(tool.entity) && (tool.does === 'get' || tool.does === 'search')).map((tool) => tool.name)])],
      sub_agents: below_, delegation: yard.delegation, hand_offs: others, limits: {},
      prompt: leadPrompt(yard.words, role, yard.key, { talks: true, extra: `The request is with one of you at a time. You deal with ${matters(part, yard.outline)}; for the rest you hand it over by transfer_to_…, and write down what the colleague has to know: they have not read a word of it.` }),
    })
  })
  return made[0]!.name
}

/** Lays out a team. */
export function layTeam(team: Team, outline: Outline, words: TeamWords, name: string, key: Key): Framework {
  const yard: Yard = { outline, words, delegation: team.delegation, agents: {}, roles: [...team.roles], key }
  const { pattern } = team
  const start = pattern === 'single' || team.agents === 1 ? single(yard)
    : pattern === 'planner-executor' ? planner(yard, team)
    : pattern === 'pipeline' ? pipeline(yard, team)
    : pattern === 'router' ? router(yard, team)
    : pattern === 'map-merge' ? mapped(yard, team)
    : pattern === 'blackboard' ? blackboard(yard, team)
    : pattern === 'hand-off' ? relay(yard, team)
    : pattern === 'evaluator-optimizer' ? (happens(key, 'fixed rounds', 0.5) && team.agents > 2 ? reviewed(yard, team) : supervisor(yard, team))
    : led(yard, team)
  return { kind: 'Framework', name, description: `A generated team: ${pattern}.`, pattern, root: start, agents: yard.agents, global_storage: {} }
}

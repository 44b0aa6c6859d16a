/** Teams in a fixed order: one after another, one way of several, or many at once and then one. */
import type { Team } from '../../protocol/spec/blueprint.ts'
import { below, keyOf } from '../core/keyed.ts'
import { happens, pickOne } from './pick.ts'
import { entitiesOf, isRead } from './team-desk.ts'
import { endedBy, INPUT, nodeName, type Nodes, orderName, staffCloser, told } from './team-order.ts'
import { type Duty, lower } from './team-prompt.ts'
import { fill, reserve, type Roster, staff, staffAll } from './team-roster.ts'
import { growShape, type Shape } from './team-shape.ts'
import { matters } from './team-words.ts'

/** Agents that a fixed order itself runs, at most. */
const MOST_NODES = 9

/** The order and the trees below it: so many nodes at least. */
function orderShape({ agents, layers }: Team, least: number, { key }: Roster): readonly Shape[] {
  const most = least + below(keyOf(['nodes'], key), MOST_NODES - least + 1)
  const wide = layers <= 2 ? 64 : most
  return growShape({ agents: Math.max(least + 1, agents), layers: Math.max(2, layers), least: Math.max(least, Math.min(most, Math.floor((agents - 1) / 2))), most: wide }, keyOf(['shape'], key)).below
}

/** One after another: those who look, sometimes those who change, and who does the rest. */
export function layPipeline(roster: Roster, team: Team): string {
  const { outline, key } = roster
  const shapes = orderShape(team, 2, roster)
  const name = reserve(roster, orderName(roster, ['line', 'order of work', 'process', 'handling', 'chain']))
  const stages = shapes.slice(0, -1)
  const acting = stages.length > 2 && happens(key, 'acting stages', 0.5) ? 1 + below(keyOf(['acting'], key), stages.length - 1) : 0
  const looking = stages.length - acting
  const duty = (i: number, acts: boolean): Duty => ({
    form: 'json', extra: [acts ? 'Those before you have looked; make the changes that are yours to make, and leave the others to those after you.' : pickOne(keyOf(['stage', i], key), 'extra', ['Those after you change things; they know what you pass on and nothing else.', 'You only prepare: pass on every key that somebody after you may need.'])],
    gets: i === 0 ? 'You are the first in a line: you see the request as it came in.' : 'You are in a line of colleagues: you see the request and what those before you report.',
  })
  const reads = staffAll(roster, stages.slice(0, looking), outline.tools.filter(isRead), (i) => duty(i, false), 'looking')
  const writes = acting ? staffAll(roster, stages.slice(looking), outline.tools, (i) => duty(looking + i, true), 'acting') : []
  const closer = staffCloser(roster, shapes.at(-1)!, 'You are the last in a line: you see the request and what all the others report.')
  const nodes: Nodes = {}
  const lines: string[] = []
  for (const agent of [...reads, ...writes, closer]) {
    const node = nodeName(agent)
    nodes[node] = { agent, message: lines.length ? [`The request: ${INPUT}`, ...lines].join('\n') : INPUT }
    lines.push(told(node, pickOne(keyOf(['told', node], key), 'words', [`What ${agent} reports`, `From ${agent}`])))
    if (agent !== closer && happens(keyOf(['stops', node], key), 'line', 0.3)) nodes[`${node}_stops`.slice(0, 64)] = { end: { unable: `\${${node}.unable}` }, if: `has(${node}.unable)` }
  }
  return fill(roster, name, { description: acting ? 'A fixed order: some look, some act, the last one sees to the rest.' : 'A fixed order: some look, the last one acts.', workflow: endedBy(nodes, nodeName(closer)) })
}

/** Words of a request by which it is known whose it is, where nobody says so. */
function pattern(words: readonly string[]): string {
  return `(?i)\\\\b(?:${words.map((word) => word.toLowerCase().replaceAll(/[^a-z0-9 ]/g, '.')).join('|')})`
}

/** One names the way, one of several goes it, and one sees to what concerns more than that. */
export function layRouter(roster: Roster, team: Team): string {
  const { outline } = roster
  const shapes = orderShape(team, 3, roster)
  const name = reserve(roster, orderName(roster, ['inbox', 'intake', 'reception', 'mailroom']))
  const ways = shapes.slice(1, -1)
  const message = (sorter: string): string => `The request: ${INPUT}\n${told(sorter, 'What is known of it')}`
  const gets = 'A colleague has read the request and passed it to you; you see it, and what was found.'
  const agents = staffAll(roster, ways, outline.tools, () => ({ form: 'json', gets, extra: ['Do what is yours of it. What concerns other records is seen to after you.'] }), 'ways')
  const about = agents.map((agent) => entitiesOf(outline.tools.filter((tool) => reaches(roster, agent).has(tool.name))))
  const sorter = staff(roster, shapes[0]!, outline.tools.filter(({ does }) => does === 'search'), {
    form: 'json', called: ['sorter', 'triage', 'first look', 'intake clerk'], is: 'Reads a request, looks who and what it names, and says whose business it is.', gets: 'You see each request first and say whose business it is; you carry nothing out.',
    extra: [`Put one of these into your report as "route":\n${agents.map((agent) => `- ${agent}: ${lower(roster.agents[agent]!.description!)}`).join('\n')}`, 'Add what your tools showed about who or what the request names.'],
  }, 'sorter')
  const closer = staffCloser(roster, shapes.at(-1)!, 'You see a request after a colleague has worked on it: you get what was found and what was done.')
  const first = nodeName(sorter)
  const nodes: Nodes = {
    [first]: { agent: sorter, message: INPUT },
    way: { branch: Object.fromEntries(agents.slice(0, -1).map((agent, i) => [nodeName(agent), `has(${first}.route) ? ${first}.route == '${agent}' : re(input, '${pattern(about[i]!.flatMap((entity) => [outline.words[entity]!.one, outline.words[entity]!.many]).filter((word, at, all) => !all.some((other, j) => j !== at && word.startsWith(other) && (word !== other || j < at))))}')`])), else: nodeName(agents.at(-1)!) },
  }
  for (const agent of agents) nodes[nodeName(agent)] = { agent, message: message(first), if: `way == '${nodeName(agent)}'`, after: ['way'] }
  const names = agents.map(nodeName)
  nodes['reply'] = { merge: names.slice(0, -1).reduceRight((rest, node) => `way == '${node}' ? ${node} : ${rest}`, names.at(-1)!), after: names }
  nodes[nodeName(closer)] = { agent: closer, message: `${message(first)}\n${told('reply', 'What was done')}` }
  return fill(roster, name, { description: 'Each request goes one of several ways, and past one desk that sees to the rest.', workflow: endedBy(nodes, nodeName(closer)) })
}

/** Names of the tools of an agent and of all below it. */
function reaches({ agents }: Roster, name: string): Set<string> {
  const { tools, sub_agents } = agents[name]!
  return new Set([...tools, ...sub_agents.flatMap((one) => [...reaches({ agents } as Roster, typeof one === 'string' ? one : one.agent)])])
}

/** Scouts look at the same time; one makes a list of what there is to do, several work it off at once, one sees to the rest. */
export function layMap(roster: Roster, team: Team): string {
  const { outline, key } = roster
  const shapes = orderShape(team, 3, roster)
  const name = reserve(roster, orderName(roster, ['day office', 'case office', 'round', 'distribution']))
  const [scouting, [splitting, working, closing]] = [shapes.slice(0, -3), shapes.slice(-3) as [Shape, Shape, Shape]]
  const reads = outline.tools.filter(isRead)
  const scouts = scouting.length ? staffAll(roster, scouting, reads, () => ({ form: 'json', gets: 'Several of you look at one request at the same time, each at records of another kind.', extra: ['Look at what is yours and report all keys that matter; leave the rest to the others.'] }), 'scouts') : []
  const splitter = staff(roster, splitting, reads, {
    form: 'json', called: ['list maker', 'organiser', 'distributor', 'scheduler'], is: 'Finds what a request is about and makes a list of what there is to do.', gets: scouts.length ? 'You get a request and what several colleagues have found about it.' : 'You see the request first, and make a list of what there is to do.',
    extra: [pickOne(key, 'list', ['Say what is to be done, one entry for each record that something has to happen to, with key and values: a list under "items". Each entry goes to a colleague who sees nothing but that entry and the request.', 'Add a list "items" to your report: an entry for each record that the request touches, with its key and what shall become of it. Somebody else gets each of them.'])],
  }, 'splitter')
  const worker = staff(roster, working, outline.tools, { form: 'json', called: ['caseworker', 'handler', 'caretaker', 'hand'], is: 'Deals with one entry of the list.', gets: 'You get a request and one entry of a list; others work on the other entries at the same time.', extra: ['Deal with your entry and with nothing else.'] }, 'worker')
  const closer = staffCloser(roster, closing, 'You get a request, the list that was made of it, and what came of each entry.')
  const [split, work] = [nodeName(splitter), nodeName(worker)]
  const nodes: Nodes = {}
  for (const scout of scouts) nodes[nodeName(scout)] = { agent: scout, message: INPUT, after: [] }
  if (scouts.length) nodes['seen'] = { merge: `[${scouts.map(nodeName).join(', ')}]`, after: scouts.map(nodeName) }
  nodes[split] = { agent: splitter, message: scouts.length ? `The request: ${INPUT}\n${told('seen', 'What was found')}` : INPUT }
  nodes[work] = { map: { over: `has(${split}.items) ? ${split}.items : [${split}]`, as: 'item', agent: worker, message: `The request: ${INPUT}\nYour entry: \${item}` } }
  nodes[nodeName(closer)] = { agent: closer, message: `The request: ${INPUT}\n${told(split, 'The list')}\n${told(work, 'What came of it')}` }
  return fill(roster, name, { description: `A list is made, worked off by many at once, and looked through: ${matters(reads, outline)}.`, workflow: endedBy(nodes, nodeName(closer)) })
}

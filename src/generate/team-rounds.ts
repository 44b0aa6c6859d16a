/** Teams in rounds: work that is reviewed until it holds, and experts at a board until nobody has anything to add. */
import type { Team } from '../../protocol/spec/blueprint.ts'
import type { WorkflowNode } from '../../protocol/spec/framework.ts'
import { below, keyOf } from '../core/keyed.ts'
import { happens, pickOne } from './pick.ts'
import { isLook, isRead } from './team-desk.ts'
import { endedBy, INPUT, nodeName, type Nodes, orderName, staffCloser, told } from './team-order.ts'
import { fill, reserve, type Roster, staff, staffAll } from './team-roster.ts'
import { growShape } from './team-shape.ts'

/** Experts at a board at most: all of them are called in every round. */
const MOST_SEATS = 24

type Inner = Record<string, Extract<WorkflowNode, { agent: string } | { merge: string }>>

/** Work, review, and work again: so many rounds at most. */
export function layReviewed(roster: Roster, { agents, layers }: Team): string {
  const { outline, key } = roster
  const reviewers = agents > 4 ? 1 + below(keyOf(['reviewers'], key), 2) : 1
  const [working, ...reviewing] = growShape({ agents: Math.max(3, agents), layers: Math.max(2, layers), least: 1 + reviewers, most: 1 + reviewers }, keyOf(['shape'], key)).below
  const name = reserve(roster, orderName(roster, ['watch office', 'workshop', 'four eyes', 'review office']))
  const most = 2 + below(keyOf(['rounds'], key), 4)
  const worker = staff(roster, working!, outline.tools, {
    form: 'json', answers: true, called: ['worker', 'handler', 'doer', 'responder', 'case desk'], is: 'Carries requests out, and puts right what the review finds.', gets: 'You get a request, what you reported last, and what a reviewer says of it; null means that there was no last time.',
    extra: [pickOne(key, 'work', [`Carry the request out, or put right what the reviewer found. There are ${most} rounds at most.`, `Do all of it in the first round if you can; in later ones do what is still missing, and nothing twice. After ${most} rounds it is over.`])],
  }, 'worker')
  const checks = reviewing.map((shape, i) => staff(roster, shape, outline.tools.filter(i === 0 ? isLook : isRead), {
    form: 'json', called: i === 0 ? ['reviewer', 'checker', 'second look', 'auditor'] : ['second reviewer', 'controller', 'second auditor'], is: 'Looks at the records and says whether the work holds.', gets: 'You review the work of others: you get a request and a report on it.',
    extra: ['Believe neither before you have looked at the records yourself. You repair nothing.'],
    gives: pickOne(keyOf(['verdict', i], key), 'words', ['Answer with JSON alone: {"approved": true}, or {"approved": false, "missing": "what has to be done next, and why"}.', 'Your verdict is JSON and nothing else: "approved", true or false, and with false under "missing" what is wrong or still to be done.']),
  }, `reviewer/${i}`))
  const work = nodeName(worker)
  const last = nodeName(checks.at(-1)!)
  const inner: Inner = { [work]: { agent: worker, message: [`The request: ${INPUT}`, told(work, 'What you reported last'), ...checks.map((agent) => told(nodeName(agent), `What ${agent} says of it`))].join('\n') } }
  for (const agent of checks) inner[nodeName(agent)] = { agent, message: `The request: ${INPUT}\n${told(work, 'The report')}` }
  const holds = checks.map(nodeName).map((check) => `(has(${check}.approved) ? ${check}.approved == true : has(${work}.done))`).join(' && ')
  const nodes: Nodes = { rounds: { loop: { nodes: inner, until: `has(${work}.unable) || (${holds})`, most } } }
  nodes['declined'] = { end: { unable: `\${${work}.unable}` }, if: `has(${work}.unable)` }
  return fill(roster, name, { description: `Work, review, and work again, ${most} rounds at most; ${last.replaceAll('_', ' ')} has the last word.`, workflow: { nodes, result: `${work}.answer` } })
}

/** Experts who never talk to each other, only to a board that all of them see; sometimes a clerk has the last word. */
export function layBoard(roster: Roster, { agents, layers }: Team): string {
  const { outline, key } = roster
  const hasClerk = agents > 3 && happens(key, 'clerk', 0.5)
  const least = hasClerk ? 3 : 2
  const most = Math.min(10, least + 1 + below(keyOf(['experts'], key), 7))
  const shapes = growShape({ agents: Math.max(least + 1, agents), layers: Math.max(2, layers), least: Math.max(least, Math.min(most, Math.floor((agents - 1) / 2))), most: layers <= 2 ? MOST_SEATS : most }, keyOf(['shape'], key)).below
  const name = reserve(roster, orderName(roster, ['board room', 'situation room', 'round table', 'office']))
  const experts = hasClerk ? shapes.slice(0, -1) : shapes
  const board = pickOne(key, 'board', ['board', 'table', 'case'])
  const seats = staffAll(roster, experts, outline.tools, (i) => ({
    form: 'json', answers: true, tallies: true, gets: 'You are one of several experts at one case. All get the same request at the same time and cannot hear each other.',
    extra: [`You share a storage. Under ${board}/${i + 1} you write what you found or did, as long as the others need it; read what stands under ${board}/ before you begin. ${pickOne(keyOf(['seat', i], key), 'wait', ['If somebody else has to go first, wait a little and read again, a few times at most: there is another round.', 'What you need and do not find there may come: look again after a while. Whoever is not through is called again in the next round.'])} Never write under a key of somebody else.`],
  }), 'experts')
  const rounds = 4 + below(keyOf(['rounds'], key), 5)
  const inner: Inner = {}
  const names = seats.map(nodeName)
  for (const agent of seats) {
    inner[nodeName(agent)] = { agent, message: INPUT, after: [] }
    roster.agents[agent] = { ...roster.agents[agent]!, storage: true }
  }
  inner['outcome'] = { merge: `[${names.join(', ')}]`, after: names }
  const loop = { nodes: inner, until: 'outcome.exists(x, has(x.answer) || has(x.unable)) || outcome.all(x, has(x.done) && size(x.done) == 0)', most: rounds }
  const nodes: Nodes = { rounds: { loop } }
  const storage = Object.fromEntries(seats.map((agent, i) => [`${board}/${i + 1}`, { by: agent, state: 'open' }]))
  Object.assign(roster.storage, storage)
  const description = `Experts at a ${board}, round after round, until nobody has anything to add.`
  if (!hasClerk) {
    nodes['declined'] = { end: { unable: '${outcome.first(x, has(x.unable)).unable}' }, if: 'outcome.exists(x, has(x.unable))' }
    return fill(roster, name, { description, workflow: { nodes, result: 'outcome.first(x, has(x.answer)).answer' } })
  }
  const clerk = staffCloser(roster, shapes.at(-1)!, `Several experts have worked on a request; you get it with what each of them reports, and what they shared stands in the storage under ${board}/.`)
  roster.agents[clerk] = { ...roster.agents[clerk]!, storage: true }
  nodes[nodeName(clerk)] = { agent: clerk, message: `The request: ${INPUT}\n${told('outcome', 'What the experts report')}` }
  return fill(roster, name, { description, workflow: endedBy(nodes, nodeName(clerk)) })
}

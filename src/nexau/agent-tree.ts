/** An agent file with all agents below it: each file once, whoever calls it. */
import { type AgentFile, readAgent } from './agent-file.ts'
import { type AgentDraft, type FrameworkDraft, withoutEmpty } from './draft.ts'
import { circlesOf } from './graph.ts'
import type { Loading } from './loading.ts'
import type { Mapping } from './mapping.ts'
import { freeName, slugOf } from '../core/foreign-name.ts'
import type { Place } from './remark.ts'

type Member = { readonly name: string; readonly file: AgentFile; readonly place: Place }

/** Agents of one framework. */
const MOST_AGENTS = 300

/** Reads an agent file and those that it leads to. */
export function readAgentTree(path: string, root: Mapping, loading: Loading): FrameworkDraft {
  const members = new Map<string, Member>()
  const taken = new Set<string>()
  const waiting: { path: string; mapping: Mapping; called?: string; place: Place }[] = [{ path, mapping: root, place: root.place() }]
  for (const { path: at, mapping, called, place } of waiting) {
    if (members.has(at) || members.size >= MOST_AGENTS) continue
    const file = readAgent(mapping, called, loading)
    members.set(at, { name: nameOf(at, file, called, place, taken, loading), file, place })
    for (const { name, path: below, text, place: from } of file.callees) {
      const inside = members.has(below) ? undefined : loading.mapping(below, text)
      if (inside) waiting.push({ path: below, mapping: inside, called: name, place: from })
    }
  }
  if (members.size >= MOST_AGENTS) loading.remarks.error('size', `more than ${MOST_AGENTS} agents`, root.place())
  remarkCircles(members, loading)
  const { name, file } = members.get(path)!
  return withoutEmpty<FrameworkDraft>({
    kind: 'Framework', name: name.slice(0, 100), root: name,
    agents: Object.fromEntries([...members.values()].map((member) => [member.name, draftOf(member, members, loading)])),
    global_storage: { ...file.storage },
  })
}

function nameOf(path: string, { name: own, namePlace, draft }: AgentFile, called: string | undefined, place: Place, taken: Set<string>, { remarks }: Loading): string {
  const stem = path.split('/').at(-1)!.replace(/\.\w+$/, '')
  const foreign = called ?? own ?? stem
  const slug = slugOf(foreign) ?? slugOf(stem) ?? 'agent'
  // `user` is the frame of the simulated user.
  const name = freeName(slug === 'user' ? 'user-agent' : slug, taken)
  taken.add(name)
  if (own === undefined && called === undefined) remarks.note('missing', `the agent has no name; it is called '${name}' after its file`, place)
  else if (name !== foreign) remarks.note('renamed', `the agent '${foreign}' is called '${name}' here`, called === undefined ? namePlace : place)
  if (called !== undefined && own !== undefined && own !== called) remarks.note('renamed', `the file calls the agent '${own}'; '${called}', as its caller says, counts`, namePlace)
  if (draft.prompt === undefined) {
    draft.prompt = `You are ${name}.`
    remarks.warn('missing', `the agent '${name}' has no prompt; it is told '${draft.prompt}'`, namePlace, { expected: 'system_prompt: …' })
  }
  return name
}

function draftOf({ name, file }: Member, members: ReadonlyMap<string, Member>, { remarks }: Loading): AgentDraft {
  const below = file.callees.flatMap(({ path, name: called, place }) => {
    const callee = members.get(path)
    if (callee && slugOf(called) !== callee.name && callee.place !== place) remarks.note('renamed', `'${name}' calls it '${called}'; it is the agent '${callee.name}' here`, place)
    return callee ? [callee.name] : []
  })
  if (Object.keys(file.storage).length && [...members.values()][0]!.file !== file) remarks.warn('unsupported', `only the root states what the GlobalStorage holds; that of '${name}' is left out`, file.namePlace)
  const { description, prompt, tools, ...rest } = file.draft
  return withoutEmpty({ description, prompt, tools, sub_agents: [...new Set(below)], ...rest })
}

function remarkCircles(members: ReadonlyMap<string, Member>, { remarks }: Loading): void {
  const graph = new Map([...members].map(([path, { file }]) => [path, file.callees.map((callee) => callee.path)]))
  for (const circle of circlesOf(graph)) {
    const names = circle.map((path) => members.get(path)?.name ?? path)
    const { callees } = members.get(circle.at(-2)!)!.file
    remarks.warn('cycle', names.length === 2 ? `the agent '${names[0]}' calls itself` : `agents call each other in a circle: ${names.join(' -> ')}`, callees.find(({ path }) => path === circle.at(-1))!.place, { expected: 'a budget of depth ends it here' })
  }
}

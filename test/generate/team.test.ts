/** Teams of every pattern and many sizes: small enough, complete, drawable, and every witness can be played through them. */
import t from 'tap'
import { type Agent, Framework } from '../../protocol/spec/framework.ts'
import { below, type Key, keyOf } from '../../src/core/keyed.ts'
import { drawFigure } from '../../src/diagram/figure.ts'
import { viewFramework } from '../../src/diagram/framework-view.ts'
import { mermaidText } from '../../src/diagram/mermaid.ts'
import { figureSvg } from '../../src/diagram/svg.ts'
import { treeText } from '../../src/diagram/tree-text.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { hierarchyDigest } from '../../src/generate/team-digest.ts'
import { canTalk, layTeam } from '../../src/generate/team.ts'
import { writeWorld } from '../../src/generate/world.ts'
import { playOut } from '../../src/policy/builtin.ts'
import { teamPolicy } from '../../src/policy/play-team.ts'
import { seedOf, tryStart } from '../checkout.ts'
import { CLINIC } from './clinic-blueprint.ts'
import { written } from './written.ts'

const { outline } = writeWorld(CLINIC)
const PATTERNS = Framework.shape.pattern.unwrap().options
const DELEGATIONS = ['named', 'agent', 'xml'] as const
type Pattern = (typeof PATTERNS)[number]

/** What a pattern needs: agents and layers, then those beside somebody who talks to the user. */
const LEAST: Record<Pattern, readonly [number, number, number, number]> = {
  single: [1, 1, 1, 1], 'orchestrator-workers': [2, 2, 2, 2], hierarchy: [2, 2, 2, 2], 'planner-executor': [2, 2, 2, 2], 'evaluator-optimizer': [2, 2, 2, 2], router: [2, 2, 2, 2],
  pipeline: [3, 2, 4, 3], blackboard: [3, 2, 4, 3], 'map-merge': [4, 2, 5, 3], 'hand-off': [2, 1, 2, 1],
}

function drawn(pattern: Pattern, i: number): { readonly team: Parameters<typeof layTeam>[0]; readonly key: Key } {
  const key = keyOf(['test team', pattern, i])
  const agents = [1, 2, 3, 4, 5, 6, 8, 11, 16, 24, 40, 64][below(key, 12, 1)]!
  return { key, team: { pattern, agents, layers: 1 + below(key, 6, 2), delegation: DELEGATIONS[below(key, 3, 3)]!, roles: ['front desk', 'billing clerk', 'appointment planner', 'ward nurse'] } }
}

function lay(pattern: Pattern, i: number, user = i % 2 === 0): Framework {
  const { team, key } = drawn(pattern, i)
  return layTeam(team, outline, { place: CLINIC.place, epoch: CLINIC.epoch, rules: i % 3 === 0, user }, 'team', key)
}

function callsOf({ sub_agents, hand_offs }: Agent): string[] {
  return [...sub_agents.map((one) => (typeof one === 'string' ? one : one.agent)), ...hand_offs]
}

/** Levels of agents; below any of those who take over from each other. */
function levelsOf(framework: Framework): number {
  return Math.max(...Object.keys(framework.agents).map((root) => viewFramework({ ...framework, root }).levels))
}

t.test('no more agents and layers than asked for, or than the pattern needs', async (t) => {
  for (const pattern of PATTERNS) {
    for (let i = 0; i < 120; i++) {
      const { team } = drawn(pattern, i)
      const framework = lay(pattern, i)
      const [agents, layers] = i % 2 === 0 ? LEAST[pattern].slice(2) as [number, number] : LEAST[pattern]
      const read = Framework.safeParse(framework)
      if (!read.success) t.fail(`${pattern} ${i}: ${read.error.issues[0]!.path.join('.')} ${read.error.issues[0]!.message}`)
      const count = Object.keys(framework.agents).length
      if (count > Math.max(team.agents, agents)) t.fail(`${pattern} ${i}: ${count} agents, ${team.agents} asked for`)
      const levels = levelsOf(framework)
      if (levels > Math.max(team.layers, layers)) t.fail(`${pattern} ${i}: ${levels} layers, ${team.layers} asked for`)
      if (i % 2 === 0 && !canTalk(framework)) t.fail(`${pattern} ${i}: nobody talks to the user`)
    }
  }
})

t.test('teams are as deep and as large as they are asked to be, where there is room', async (t) => {
  for (const pattern of PATTERNS.filter((one) => one !== 'single')) {
    const team = (agents: number, layers: number, i: number) => layTeam({ pattern, agents, layers, delegation: 'named', roles: [] }, outline, { place: CLINIC.place, epoch: CLINIC.epoch, rules: false, user: false }, 'team', keyOf(['room', i]))
    for (let i = 0; i < 12; i++) {
      for (const layers of [3, 4, 5, 6]) t.equal(levelsOf(team(24, layers, i)), layers, `${pattern} in ${layers} layers`)
      for (const agents of [8, 20, 64]) t.equal(Object.keys(team(agents, 4, i).agents).length, agents, `${pattern} of ${agents}`)
    }
  }
})

t.test('every tool is reached, whoever writes can look, and only those who may are told how a task ends', async (t) => {
  for (const pattern of PATTERNS) {
    for (let i = 0; i < 60; i++) {
      const framework = lay(pattern, i)
      const agents = Object.entries(framework.agents)
      const held = new Set(agents.flatMap(([, { tools }]) => tools))
      const missing = outline.tools.filter(({ name }) => !held.has(name) && !held.has('*'))
      if (missing.length) t.fail(`${pattern} ${i}: nobody has ${missing.map(({ name }) => name)}`)
      const leads = new Set([framework.root])
      for (const name of leads) for (const next of framework.agents[name]!.hand_offs) leads.add(next)
      for (const [name, agent] of agents) {
        if (agent.workflow) continue
        for (const { entity } of outline.tools.filter(({ name: tool, effect }) => effect === 'write' && agent.tools.includes(tool))) {
          const blind = outline.tools.some((tool) => tool.entity === entity && ['get', 'search'].includes(tool.does) && !agent.tools.includes(tool.name))
          if (blind) t.fail(`${pattern} ${i}: ${name} cannot see what it writes`)
        }
        if (/\bfinish\b|report_unable/.test(agent.prompt) !== leads.has(name)) t.fail(`${pattern} ${i}: ${name} and how a task ends`)
        if (callsOf(agent).length && callsOf(agent).length <= 6 && !callsOf(agent).every((other) => agent.prompt.includes(other))) t.fail(`${pattern} ${i}: ${name} is not told whom it can call`)
        if (agent.deferred.some((tool) => outline.tools.some(({ name: read, effect }) => read === tool && effect === 'read'))) t.fail(`${pattern} ${i}: ${name} has to search for what it looks with`)
        if (/undefined|null\b(?! means)|\[object|§|\$\{/.test(agent.prompt)) t.fail(`${pattern} ${i}: ${agent.prompt}`)
      }
    }
  }
})

t.test('the same key gives the same team; every team can be drawn', async (t) => {
  for (const pattern of PATTERNS) {
    t.equal(JSON.stringify(lay(pattern, 5)), JSON.stringify(lay(pattern, 5)))
    for (let i = 0; i < 4; i++) {
      const view = viewFramework(lay(pattern, i))
      const figure = drawFigure(view)
      t.ok(treeText(view).join('\n').includes(view.root))
      t.ok(mermaidText(figure).split('\n').length > view.agents.size)
      t.match(figureSvg(figure, view.name, ''), /<svg/)
    }
  }
})

t.test('shapes of hierarchies: names, tools and order do not count, everything else does', async (t) => {
  const framework = lay('hierarchy', 7)
  const names = new Map(Object.keys(framework.agents).map((name, i) => [name, `agent-${i}`]))
  const other = { ...framework, root: names.get(framework.root)!, agents: Object.fromEntries(Object.entries(framework.agents).reverse().map(([name, agent]) => [names.get(name)!, { ...agent, prompt: 'x', tools: [], sub_agents: agent.sub_agents.map((one) => names.get(typeof one === 'string' ? one : one.agent)!).reverse() }])) }
  t.equal(hierarchyDigest(other as Framework), hierarchyDigest(framework))
  t.not(hierarchyDigest({ ...framework, pattern: 'router' }), hierarchyDigest(framework))
  const shapes = new Set<string>()
  for (let i = 0; i < 300; i++) for (const pattern of PATTERNS) shapes.add(hierarchyDigest(lay(pattern, i)))
  t.comment(`${shapes.size} shapes in 3000 draws`)
  t.ok(shapes.size >= 1000, `${shapes.size} shapes in 3000 draws`)
  for (const pattern of ['hierarchy', 'pipeline', 'router', 'map-merge', 'blackboard', 'hand-off', 'planner-executor'] as const) {
    const same = new Set(Array.from({ length: 100 }, (_, i) => hierarchyDigest(layTeam({ pattern, agents: 16, layers: 3, delegation: 'named', roles: [] }, outline, { place: CLINIC.place, epoch: CLINIC.epoch, rules: false, user: false }, 'team', keyOf(['size', i])))))
    t.ok(same.size >= 40, `${pattern}: ${same.size} shapes of one size in 100 draws`)
  }
})

/** Plays all tasks of a world through its team. */
function playAll(scenario: CompiledScenario, draw: number, complain: (text: string) => void): { faults: number; frames: number } {
  let faults = 0
  let frames = 0
  for (const task of scenario.tasks.keys()) {
    for (const dynamics of ['clean', 'flaky']) {
      const seed = seedOf(`generated team ${task}`, draw)
      const episode = tryStart(scenario, { seed, task, options: { dynamics } })
      if (!episode) continue
      const reward = playOut(episode, teamPolicy(episode, () => 'robust'))
      if (reward !== 1) complain(`${task} ${seed} ${dynamics}: ${reward}, ${episode.last.info.stop_reason}`)
      faults += episode.events().filter((event) => event.type === 'call' && event.faults.length > 0).length
      frames += episode.frames.size
    }
  }
  return { faults, frames }
}

for (const pattern of PATTERNS) {
  t.test(`${pattern}: the witness of every task can be played through it`, async (t) => {
    let faults = 0
    for (let i = 0; i < 4; i++) {
      // Without a user nobody stands before a fixed order; what needs one is left out then.
      const { scenario, documents } = written(CLINIC, i, () => lay(pattern, i))
      const done = playAll(scenario, i, (text) => t.fail(`${i}, ${Object.keys(documents.framework.agents).length} agents: ${text}`))
      faults += done.faults
      if (pattern !== 'single') t.ok(done.frames > 2 * scenario.tasks.size, 'others are called')
    }
    t.ok(faults > 12, `${faults} faults`)
  })
}

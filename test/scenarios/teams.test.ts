import t from 'tap'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { modelAgents } from '../../src/episode/team-options.ts'
import { readDocuments } from '../../src/spec/read-documents.ts'
import { seedOf, shippedCatalogue, shippedFiles } from '../checkout.ts'
import { playTeam, type TeamPlay } from '../team-play.ts'
import { Framework } from '../../protocol/spec/framework.ts'

const teams = shippedCatalogue().list().filter(({ agents }) => agents.size > 1)
const frameworks = shippedFiles().flatMap((file) => readDocuments(file).documents).flatMap(({ kind, spec }) => (kind === 'Framework' ? [spec as Framework] : []))

/** Levels from an agent down; who is called twice on a way counts once. */
function levelsBelow({ agents }: CompiledScenario, name: string, above: readonly string[] = []): number {
  const { calls } = agents.get(name)!
  return 1 + Math.max(0, ...calls.flatMap((one) => (above.includes(one) ? [] : [levelsBelow({ agents } as CompiledScenario, one, [...above, name])])))
}

t.test('every pattern, every depth and every way to delegate', async (t) => {
  const patterns = new Set(frameworks.map(({ pattern }) => pattern))
  t.same(Framework.shape.pattern.unwrap().options.filter((pattern) => !patterns.has(pattern)), [], 'patterns without a framework')
  t.ok(frameworks.filter(({ pattern }) => pattern !== undefined).length >= 11)
  t.same([1, 2, 3, 4, 5].filter((levels) => !shippedCatalogue().list().some((scenario) => levelsBelow(scenario, scenario.root.name) === levels)), [], 'depths without a team')
  t.equal(Math.max(...frameworks.map(({ agents }) => Object.keys(agents).length)), 40)
  const agents = frameworks.flatMap((framework) => Object.values(framework.agents))
  t.same(new Set(agents.filter(({ sub_agents }) => sub_agents.length).map(({ delegation }) => delegation)), new Set(['named', 'agent', 'xml']))
  const uses = (holds: (agent: (typeof agents)[number]) => boolean): boolean => agents.some(holds)
  t.ok(uses(({ skills }) => Object.keys(skills).length > 0), 'skills')
  t.ok(uses(({ as_skill }) => Object.keys(as_skill).length > 0), 'tools as skills')
  t.ok(uses(({ deferred }) => deferred.length > 0), 'deferred tools')
  t.ok(uses(({ stop_tools }) => stop_tools.length > 0), 'stop tools')
  t.ok(uses(({ approvals }) => Object.values(approvals).includes('ask')), 'approvals')
  t.ok(uses(({ ask_user }) => ask_user), 'questions to the user')
  t.ok(uses(({ storage }) => storage), 'shared storage')
  t.ok(uses(({ hand_offs }) => hand_offs.length > 1), 'hand-offs')
  t.ok(uses(({ sub_agents }) => sub_agents.some((one) => typeof one !== 'string' && one.send_back !== undefined)), 'work that is sent back so often')
})

t.test('who writes can look whether it happened', async (t) => {
  for (const { name, agents, world } of teams) {
    for (const agent of agents.values()) {
      for (const tool of agent.tools) {
        const look = world.tools.get(tool)!.spec.read_back?.call
        if (look !== undefined && !agent.tools.includes(look)) t.fail(`${agent.name} of ${name} has ${tool} but not ${look}`)
      }
    }
  }
})

/** Plays one seed that has the task. */
function play(scenario: CompiledScenario, request: Omit<TeamPlay, 'seed'>) {
  for (let i = 0; ; i++) {
    const seed = seedOf(`team ${scenario.name} ${request.task}`, i)
    const episode = playTeam(scenario, { ...request, seed })
    if (episode) return { seed, stop: episode.last.info.stop_reason, reward: episode.last.info.verdict!.reward }
    if (i > 20) throw new Error(`no seed for ${request.task} of ${scenario.name}`)
  }
}

for (const scenario of teams) {
  t.test(`${scenario.name}: any agent can be the learner, and none can be spared`, async (t) => {
    const tasks = [...scenario.tasks.keys()]
    for (const learner of modelAgents(scenario)) {
      for (const task of tasks) {
        for (const dynamics of ['clean', 'flaky']) {
          const { reward, stop, seed } = play(scenario, { task, dynamics, learner, policy: 'robust' })
          if (reward !== 1) t.fail(`${learner} plays ${task} ${seed} ${dynamics}: ${reward}, ${stop}`)
        }
      }
      t.ok(tasks.some((task) => play(scenario, { task, dynamics: 'clean', learner, policy: 'noop' }).reward !== 1), `${learner} is needed`)
    }
  })
}

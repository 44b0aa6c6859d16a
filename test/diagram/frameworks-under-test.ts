/** Frameworks with everything that can be drawn. */
import { Framework } from '../../protocol/spec/framework.ts'

/** Six levels and forty agents: divisions, teams, workers, with some that several call. */
export function largeFramework(): Framework {
  const agents: Record<string, object> = { 'head-office': { prompt: 'Lead.', sub_agents: ['division_a', 'division_b', 'division_c', 'auditor'], limits: { concurrent: 3 } }, auditor: { prompt: 'Audit.', tools: ['list_orders'], description: 'Looks at everybody.' }, archivist: { prompt: 'Keep.', tools: ['add_order_note'] } }
  for (const division of ['a', 'b', 'c']) {
    const teams = [1, 2, 3].map((n) => `team_${division}${n}`)
    agents[`division_${division}`] = { prompt: 'Divide.', description: `Division ${division}.`, sub_agents: [...teams.map((agent, i) => (i ? agent : { agent, send_back: 2 })), 'auditor'] }
    for (const team of teams) {
      const workers = [1, 2].map((n) => `${team}_worker_with_a_rather_long_name_${n}`)
      agents[team] = { prompt: 'Work.', sub_agents: workers, tools: ['get_order'], hand_offs: team.endsWith('1') ? ['archivist'] : [] }
      for (const worker of workers) agents[worker] = { prompt: 'Do.', tools: ['get_order', 'list_orders'], ask_user: true, sub_agents: worker === 'team_a1_worker_with_a_rather_long_name_1' ? ['specialist'] : worker.endsWith('c3_worker_with_a_rather_long_name_2') ? ['division_c'] : [] }
    }
  }
  agents.specialist = { prompt: 'Know.', skills: { refunds: { description: 'Money.', body: 'Back.' } }, sub_agents: ['expert_1', 'expert_2', 'expert_3', 'expert_4', 'expert_5', 'expert_6'] }
  for (let n = 1; n <= 6; n++) agents[`expert_${n}`] = { prompt: 'Expert.' }
  return Framework.parse({ kind: 'Framework', name: 'large', description: 'Forty agents.', pattern: 'hierarchy', root: 'head-office', agents })
}

/** A workflow with each kind of node, over agents that it runs, one of them a team. */
export function workflowFramework(): Framework {
  return Framework.parse({
    kind: 'Framework', name: 'every-node', description: 'All kinds of nodes & "signs" <like these>.', root: 'line',
    agents: {
      line: { description: 'A line.', workflow: { nodes: {
        look: { tool: 'list_orders' },
        route: { branch: { refund: "look.size() > 3 && input.contains('money')", talk: 'true' }, else: 'none' },
        plan: { agent: 'planner', message: '${input}', if: "route == 'refund'" },
        each: { map: { over: 'plan.parts', as: 'part', agent: 'worker', message: '${part}' }, after: ['plan'] },
        fix: { loop: { nodes: { write: { agent: 'writer', message: '${input}' }, judge: { agent: 'critic', message: '${write}' } }, until: "judge == 'good'", most: 3 } },
        consent: { ask: 'May we?', after: ['route'] },
        all: { merge: '{"a": each, "b": consent}', after: ['fix', 'consent'] },
        end_here: { end: { answer: 'all' } },
      } } },
      planner: { prompt: 'Plan.', sub_agents: ['helper'] }, worker: { prompt: 'Work.', tools: ['get_order'], hand_offs: ['helper'] },
      writer: { prompt: 'Write.' }, critic: { prompt: 'Judge.', sub_agents: ['line'] }, helper: { prompt: 'Help.' },
    },
  })
}

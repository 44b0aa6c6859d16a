/** Document kind `Framework`: the agents, who calls whom, and workflows that drive them. */
import { z } from 'zod'
import { Cel, DocumentName, Name, Template } from './notation.ts'

/** A name of an agent: as other names, with dashes. */
export const AgentName = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'lower case letters, digits, _ and -, starting with a letter, at most 64 characters')

const ToolGlob = z.string().regex(/^[a-z0-9_*]+$/)

const nodeParts = {
  after: z.array(Name).optional().describe('Nodes that have to be through first; default: the one written before it, `[]` for none.'),
  if: Cel.optional().describe('CEL over `input` and the outputs of earlier nodes; where false the node is skipped and its output is null.'),
}

/** What the nodes of a loop may be: all but another loop and an end. */
const AgentNode = z.strictObject({ agent: AgentName.describe('The agent that runs.'), message: Template.describe('What it is told, over `input` and the outputs of earlier nodes.'), ...nodeParts })
const ToolNode = z.strictObject({ tool: Name.describe('A tool of the world, called by the workflow.'), with: z.record(z.string(), Cel).default({}).describe('Its arguments.'), retries: z.int().min(0).max(20).default(0).describe('How often it is called again after an error, each time after a longer pause; for reads, or tools that may be called twice.'), ...nodeParts })
const BranchNode = z.strictObject({ branch: z.record(Name, Cel).describe('Names of ways with their conditions, in order; the output is the name of the first that holds.'), else: Name.optional().describe('The output where none holds; default null.'), ...nodeParts })
const MapNode = z.strictObject({
  map: z.strictObject({
    over: Cel.describe('A list, or text that holds one as JSON.'), as: Name.describe('What `message` calls an item.'),
    agent: AgentName.describe('Runs once for each item, all at once.'), message: Template,
  }).describe('The output is the list of what they gave, in the order of the items.'),
  ...nodeParts,
})
const MergeNode = z.strictObject({ merge: Cel.describe('The output: CEL over `input` and the outputs of earlier nodes.'), ...nodeParts })
const HumanNode = z.strictObject({ ask: Template.describe('Said to the simulated user; the output is the answer.'), ...nodeParts })
const InnerNode = z.union([AgentNode, ToolNode, BranchNode, MapNode, MergeNode, HumanNode])
const LoopNode = z.strictObject({
  loop: z.strictObject({
    nodes: z.record(Name, InnerNode).describe('Run in every round; outputs are those of the last one.'),
    until: Cel.describe('Looked at after each round.'),
    most: z.int().min(1).max(1000).describe('Rounds, at most.'),
  }).describe('The output is {rounds, done}.'),
  ...nodeParts,
})
const EndNode = z.strictObject({ end: z.strictObject({ answer: Cel.optional(), unable: Template.optional().describe('Why it cannot be done.') }).describe('Ends the workflow here, whatever else is left: with an answer, or by saying that it cannot be done.'), ...nodeParts })

export const WorkflowNode = z.union([AgentNode, ToolNode, BranchNode, MapNode, MergeNode, HumanNode, LoopNode, EndNode]).meta({ id: 'WorkflowNode', description: 'One node of a workflow.' })
export type WorkflowNode = z.infer<typeof WorkflowNode>

export const Workflow = z.strictObject({
  nodes: z.record(Name, WorkflowNode).describe('By name, in order. The output of an agent is its text, or the value that the text holds as JSON.'),
  result: Cel.optional().describe('What the workflow gives: the answer of the task, or what the agent above is told; default: the output of the last node.'),
}).meta({ id: 'Workflow', description: 'A fixed order of nodes that drives agents; the policy plays the agents in it.' })
export type Workflow = z.infer<typeof Workflow>

export const SubAgent = z.strictObject({
  agent: AgentName,
  send_back: z.int().min(0).max(100).optional().describe('How often one child may be resumed by its id; default: no bound but the budgets.'),
}).meta({ id: 'SubAgent', description: 'An agent that may be called, with bounds.' })

export const AgentLimits = z.strictObject({
  turns: z.int().min(1).max(10_000).optional().describe('Turns each time it runs: exactly so many.'),
  concurrent: z.int().min(1).max(1024).optional().describe('Sub-agents that it may have running at once; one more is refused.'),
  context_tokens: z.int().min(100).max(10_000_000).optional().describe('When its messages exceed them, they are compacted before its next turn.'),
  ms: z.int().min(1).max(10_000_000_000).optional().describe('Virtual milliseconds each time it runs.'),
}).meta({ id: 'AgentLimits', description: 'Bounds of one agent; a frame that reaches one ends, and says so to the frame above.' })

export const Agent = z.strictObject({
  description: z.string().max(2000).optional().describe('For people who read the spec, and for agents that may call this one.'),
  prompt: z.string().max(50_000).default('').describe('The system prompt; the rules of the scenario follow it.'),
  tools: z.array(ToolGlob).default([]).describe('Tool names or globs.'),
  sub_agents: z.array(z.union([AgentName, SubAgent])).max(64).default([]).describe('Agents that it may call.'),
  hand_offs: z.array(AgentName).max(64).default([]).describe('Agents to which it may hand its whole task, by a tool `transfer_to_NAME`.'),
  delegation: z.enum(['named', 'agent', 'xml']).default('named').describe('How it sees sub-agents: a tool `sub-agent-NAME` for each, one tool `Agent`, or `<sub-agent>` in its text. What it writes is understood in all three forms.'),
  stop_tools: z.array(ToolGlob).default([]).describe('Tools after which it is done: their answer is its result.'),
  skills: z.record(AgentName, z.strictObject({ description: z.string().max(2000), body: z.string().max(50_000) })).default({}).describe('Listed in a tool LoadSkill; the body is given on call.'),
  as_skill: z.record(Name, z.string().max(2000)).default({}).describe('Tools that are shown with this short description; LoadSkill gives the long one.'),
  deferred: z.array(ToolGlob).default([]).describe('Tools that are not shown before ToolSearch finds them.'),
  storage: z.boolean().default(false).describe('Whether it has the tools of the GlobalStorage.'),
  ask_user: z.boolean().default(false).describe('Whether it may ask the simulated user by a tool `ask_user`; the root talks by messages.'),
  approvals: z.record(ToolGlob, z.enum(['allow', 'deny', 'ask'])).default({}).describe('What the user is asked before a call; the first that fits counts.'),
  limits: AgentLimits.default({}),
  workflow: Workflow.optional().describe('Instead of a prompt and tools: this agent is no model but a fixed order of nodes.'),
}).meta({ id: 'Agent', description: 'One agent of a framework.' })
export type Agent = z.infer<typeof Agent>

export const Framework = z.strictObject({
  kind: z.literal('Framework'),
  name: DocumentName,
  description: z.string().max(2000).optional().describe('For people who read the spec.'),
  pattern: z.enum(['single', 'orchestrator-workers', 'hierarchy', 'pipeline', 'router', 'map-merge', 'planner-executor', 'evaluator-optimizer', 'blackboard', 'hand-off']).optional().describe('What kind of cooperation it shows.'),
  root: AgentName.describe('The agent that begins.'),
  agents: z.record(AgentName, Agent).describe('By name.'),
  global_storage: z.record(z.string().min(1).max(200), z.unknown()).default({}).describe('What the GlobalStorage holds at the start.'),
}).meta({ id: 'Framework', description: 'The agents that play: prompts, tools, who calls whom.' })
export type Framework = z.infer<typeof Framework>

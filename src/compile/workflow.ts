/** Workflows: nodes in an order that cannot have circles, with CEL over what earlier nodes gave. */
import type { Workflow, WorkflowNode } from '../../protocol/spec/framework.ts'
import { keyOf } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import type { CompiledNode, CompiledWorkflow, NodeValues } from '../episode/compiled-agent.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { CALL_UNITS, type Evaluation } from '../world/evaluation.ts'
import { convert } from '../world/expression/conversion.ts'
import { declare, type Scope, SlotCounter } from '../world/expression/scope.ts'
import { jsonEncoder } from '../world/json-value.ts'
import { measure } from '../world/measure.ts'
import type { Site } from '../world/site.ts'
import { compileTemplate } from '../world/template.ts'
import { BOOL, JSON_VALUE, STRING } from '../world/type.ts'
import { compileArguments } from './witness.ts'

/** Names that mean something to every expression. */
const INPUT = 'input'

type Context = {
  readonly world: CompiledWorld
  /** Names of the agents that a node may run. */
  readonly agents: ReadonlySet<string>
  readonly slots: SlotCounter
  /** Slots of nodes and of items, by name. */
  readonly places: Map<string, number>
}

/** Compiles a workflow; it reads no tables: all it knows is what it was told. */
export function compileWorkflow(spec: Workflow, world: CompiledWorld, agents: ReadonlySet<string>, site: Site): CompiledWorkflow {
  const slots = new SlotCounter()
  const start = declare({ ...world.scope(), tables: new Map(), slots }, INPUT, STRING)
  const context: Context = { world, agents, slots, places: new Map([[INPUT, start.slot]]) }
  const { nodes, scope } = compileNodes(spec.nodes, start.scope, context, site.at('nodes'))
  if (!nodes.length) site.at('nodes').complain('workflow', 'a workflow needs a node')
  const result = spec.result === undefined ? undefined : valueOf(spec.result, scope, context, site.at('result'))
  return { nodes, result }
}

function compileNodes(specs: Readonly<Record<string, WorkflowNode>>, outer: Scope, context: Context, site: Site): { nodes: CompiledNode[]; scope: Scope } {
  const nodes: CompiledNode[] = []
  let scope = outer
  for (const [name, spec] of Object.entries(specs)) {
    const at = site.at(name)
    const before = nodes.map((node) => node.name)
    const after = spec.after ?? before.slice(-1)
    after.forEach((one, i) => {
      if (!before.includes(one)) at.at('after', i).complain('name', one === name || Object.hasOwn(specs, one) ? `'${one}' does not stand before '${name}'` : `no node '${one}'`, { nearest: nearest(one, before), expected: before.join(', ') || 'no earlier node' })
    })
    if (context.places.has(name)) at.complain('name', `a second '${name}'`, { key: true, expected: 'names that are unique in the whole workflow' })
    const base = { name, after, when: spec.if === undefined ? undefined : over(asBool(spec.if, scope, at.at('if')), context) }
    const { node, scope: inner } = compileNode(base, spec, scope, context, at)
    nodes.push(node)
    const declared = declare(inner, name, JSON_VALUE)
    context.places.set(name, declared.slot)
    scope = declared.scope
  }
  return { nodes, scope }
}

type Base = Pick<CompiledNode, 'name' | 'after' | 'when'>

function compileNode(base: Base, spec: WorkflowNode, scope: Scope, context: Context, at: Site): { node: CompiledNode; scope: Scope } {
  if ('loop' in spec) return compileLoop(base, spec.loop, scope, context, at.at('loop'))
  return { node: compilePlain(base, spec, scope, context, at), scope }
}

function compilePlain(base: Base, spec: Exclude<WorkflowNode, { loop: unknown }>, scope: Scope, context: Context, at: Site): CompiledNode {
  if ('agent' in spec) {
    requireAgent(spec.agent, context, at.at('agent'))
    return { ...base, kind: 'agent', agent: spec.agent, message: over(compileTemplate(spec.message, scope, at.at('message')), context) }
  }
  if ('tool' in spec) {
    const tool = context.world.tools.get(spec.tool)
    const callable = [...context.world.tools.values()].filter((one) => one.spec.actor === 'agent').map((one) => one.name)
    if (!callable.includes(spec.tool)) at.at('tool').complain('name', `no tool${tool ? ' of the agent' : ''} '${spec.tool}'`, { nearest: nearest(spec.tool, callable) })
    return { ...base, kind: 'tool', tool: spec.tool, retries: spec.retries, args: over(compileArguments(spec.with, tool?.argumentsType, scope, at.at('with')), context) }
  }
  if ('branch' in spec) {
    const ways = Object.entries(spec.branch).map(([way, source]) => [way, over(asBool(source, scope, at.at('branch', way)), context)] as const)
    return { ...base, kind: 'branch', choose: (values) => ways.find(([, holds]) => holds(values))?.[0] ?? spec.else ?? null }
  }
  if ('map' in spec) {
    requireAgent(spec.map.agent, context, at.at('map', 'agent'))
    const items = valueOf(spec.map.over, scope, context, at.at('map', 'over'))
    const item = declare(scope, spec.map.as, JSON_VALUE)
    const text = compileTemplate(spec.map.message, item.scope, at.at('map', 'message'))
    return { ...base, kind: 'map', agent: spec.map.agent, items, message: over(text, context, item.slot) }
  }
  if ('merge' in spec) return { ...base, kind: 'merge', value: valueOf(spec.merge, scope, context, at.at('merge')) }
  if ('ask' in spec) return { ...base, kind: 'human', say: over(compileTemplate(spec.ask, scope, at.at('ask')), context) }
  const { answer, unable } = spec.end
  if (answer !== undefined && unable !== undefined) at.at('end').complain('workflow', 'an end has an answer, or a reason why it cannot be done', { expected: 'answer or unable' })
  return {
    ...base, kind: 'end',
    answer: answer === undefined ? undefined : valueOf(answer, scope, context, at.at('end', 'answer')),
    unable: unable === undefined ? undefined : over(compileTemplate(unable, scope, at.at('end', 'unable')), context),
  }
}

function compileLoop(base: Base, { nodes: specs, until, most }: Extract<WorkflowNode, { loop: unknown }>['loop'], scope: Scope, context: Context, at: Site): { node: CompiledNode; scope: Scope } {
  // Nodes of a round may look at what later ones gave in the round before.
  let early = scope
  const places = new Map<string, number>()
  for (const name of Object.keys(specs)) {
    const declared = declare(early, name, JSON_VALUE)
    early = declared.scope
    places.set(name, declared.slot)
  }
  const { nodes, scope: inner } = compileNodes(specs, early, context, at.at('nodes'))
  for (const [name, slot] of places) context.places.set(`${name} before`, slot)
  if (!nodes.length) at.at('nodes').complain('workflow', 'a loop needs a node')
  return { node: { ...base, kind: 'loop', nodes, until: over(asBool(until, inner, at.at('until')), context), most }, scope: inner }
}

function requireAgent(name: string, { agents }: Context, at: Site): void {
  if (!agents.has(name)) at.complain('name', `no agent '${name}'`, { nearest: nearest(name, agents), expected: [...agents].join(', ') })
}

function asBool(source: string, scope: Scope, at: Site): (cx: Evaluation) => boolean {
  const { run } = at.expression(source, scope, BOOL)
  return (cx) => run(cx) === true
}

/** An expression as JSON that is small enough to be kept. */
function valueOf(source: string, scope: Scope, context: Context, at: Site): (values: NodeValues) => unknown {
  const compiled = at.expression(source, scope)
  const encode = at.guard(() => jsonEncoder(convert(compiled, compiled.type, 0, 'the value').type)) ?? ((value: unknown) => value)
  return over((cx) => measure(cx, encode(compiled.run(cx))), context)
}

/** Runs over the values of nodes. */
function over<T>(run: (cx: Evaluation) => T, { slots, places }: Context, itemSlot?: number): (values: NodeValues) => T {
  return ({ input, outputs, base, meter, item }) => {
    const held: unknown[] = new Array(slots.used).fill(null)
    for (const [name, slot] of places) held[slot] = name === INPUT ? input : outputs.get(name.replace(/ before$/, '')) ?? null
    if (itemSlot !== undefined) held[itemSlot] = item ?? null
    const most = Math.max(0, Math.min(CALL_UNITS, meter.left))
    const cx: Evaluation = { view: base, slots: held, left: most, now: base.world.epoch, key: keyOf(['workflow']), draws: 0 }
    try {
      return run(cx)
    } finally {
      meter.left -= most - cx.left
    }
  }
}

/** Scenario documents to compiled scenarios: world, framework, dynamics and tasks joined under one digest. */
import type { Split } from '../../protocol/scalars.ts'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import type { ToolSchema } from '../../protocol/observation.ts'
import type { Framework } from '../../protocol/spec/framework.ts'
import type { Scenario } from '../../protocol/spec/scenario.ts'
import type { World } from '../../protocol/spec/world.ts'
import { RESERVED_TOOLS } from '../../protocol/spec/reserved-tool.ts'
import { orderedDigestOf } from '../core/digest.ts'
import { GymError } from '../core/gym-error.ts'
import { keyOf, weighted } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { DEFAULT_BUDGETS } from '../episode/budgets.ts'
import type { CompiledAgent } from '../episode/compiled-agent.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { systemTools } from '../episode/system-tool.ts'
import type { CompiledTask } from '../episode/task.ts'
import { teamTools } from '../episode/team-tool.ts'
import { type CompiledWorld, compileWorld } from '../world/compiled-world.ts'
import type { HostTools } from '../world/host-tool.ts'
import type { Finding } from '../spec/complaint.ts'
import { SpecFault } from '../world/fault.ts'
import { shownInput } from '../world/shown-input.ts'
import { type Site, untilTooMany } from '../world/site.ts'
import { BaseWorld } from '../world/base-world.ts'
import { BaseCache } from './base-cache.ts'
import { flatten } from './flat.ts'
import { compileFramework } from './framework.ts'
import { compileProfiles } from './profiles.ts'
import { LazyMap } from './lazy-map.ts'
import { compileReadBacks } from './read-back.ts'
import { compileReferences } from './reference.ts'
import { compileOrderRules, compileRules } from './rule.ts'
import { compileTask, type DrawableTask, type TaskContext } from './task.ts'
import { expandTemplate, type Template } from './variant.ts'

/** Documents that a scenario names, found. */
export type Parts = { readonly world: World; readonly framework: Framework; readonly profiles: ReadonlyMap<string, Dynamics>; readonly hosts: HostTools; /** Compile profiles and tasks when they are first asked for; what is wrong with a task is thrown then. */ readonly lazy?: boolean }

/** Sites of a scenario's own document and of those it names. */
export type PartSites = { readonly scenario: Site; readonly world: Site; readonly framework: Site; /** Told of profiles that do not fit the world: they are not offered, but those that the scenario names have to fit. */ misfit(profile: string, findings: readonly Finding[], named: boolean): void }

/**
 * Compiles a scenario; mistakes become findings of the sites.
 * @param split of all its seeds, where they do not have one each
 */
export function compileScenario(spec: Scenario, parts: Parts, sites: PartSites, split?: Split): CompiledScenario {
  const { world: worldSpec, framework, profiles, hosts, lazy = false } = parts
  checkToolNames(worldSpec, sites.world)
  const world = compileWorld(worldSpec, sites.world, hosts)
  const { root, agents, tools, storage } = compileFramework(framework, rulesText(spec.rules), world, sites.framework)
  const templates = Object.entries(spec.tasks).flatMap(([name, task]) => expandTemplate(name, task, sites.scenario.at('tasks', name)))
  const rules = Array.isArray(spec.rules) ? spec.rules : []
  const ruleBook = compileRules(rules, world, sites.scenario.at('rules'))
  const talks = spec.user !== undefined || templates.some((template) => template.spec.user)
  const orderRules = compileOrderRules(rules, { world, scope: world.scope(), answer: undefined, user: talks }, sites.scenario.at('rules'))
  const ruleIds = [...ruleBook?.ids ?? [], ...orderRules.map(({ id }) => id)]
  const context = { world, tools, prompt: promptsOf(agents), rules: ruleIds.length ? orderRules : undefined, user: spec.user, userSite: sites.scenario.at('user'), agents: new Set(agents.keys()) }
  const tasks = new LazyMap(templates.map((template) => [template.name, () => (lazy ? compileLate(template, context) : compileTask(template, context))]), lazy)
  if (!tasks.size) sites.scenario.at('tasks').complain('tasks', 'a scenario needs a task')
  const fallback = typeof spec.dynamics === 'string' ? spec.dynamics : spec.dynamics.name
  const dynamics = compileProfiles({ profiles, overrides: spec.overrides, fallback, world, site: sites.scenario, lazy })
  for (const [name, findings] of dynamics.misfits) sites.misfit(name, findings, name === fallback || Object.hasOwn(spec.overrides, name))
  const digest = orderedDigestOf({ scenario: { ...spec, world: worldSpec, framework }, dynamics: dynamics.entriesOf(fallback) ?? null })
  const bases = new BaseCache(world)
  const cumulative = runningSums(templates.map((template) => template.spec.weight))
  const schemas = new Map<CompiledTask, Map<string, readonly ToolSchema[]>>()
  let flat: CompiledScenario | undefined
  const compiled: CompiledScenario = {
    name: spec.name,
    digest,
    ...(split && { split }),
    summary: { name: spec.name, digest, title: spec.title, description: spec.description, tags: spec.tags, tasks: tasks.size, tools: tools.length },
    world,
    root,
    agents,
    tools,
    storage,
    flat: () => (flat ??= agents.size > 1 || !isPlain(root) ? flatten(compiled) : compiled),
    rules: rulesText(spec.rules) ?? null,
    ruleBook,
    ruleIds,
    tasks,
    budgets: { ...DEFAULT_BUDGETS, ...spec.budgets },
    profiles: dynamics.names,
    readBacks: compileReadBacks(world, sites.world.at('tools')),
    dynamicsOf: (choice) => dynamics.choose(choice === undefined && spec.intensity !== undefined ? { intensity: spec.intensity } : choice),
    baseOf: (seed) => bases.of(seed),
    hasHiddenTools: tools.some((name) => world.tools.get(name)!.visible !== undefined),
    referenceOf: compileReferences(() => compiled),
    release: () => bases.release(),
    toolsFor(task, agent = root, leads = agent === root) {
      let ofTask = schemas.get(task)
      if (!ofTask) schemas.set(task, (ofTask = new Map()))
      const key = leads ? `${agent.name} leads` : agent.name
      let all = ofTask.get(key)
      if (!all) ofTask.set(key, (all = [...worldTools(world, agent), ...teamTools(agent), ...systemTools(task, leads)]))
      return all
    },
    drawTask(seed, name, stay = 'warm') {
      const task = tasks.get(name ?? templates[weighted(keyOf(['template', seed]), cumulative)]!.name)
      if (!task) throw unknownTask(name!, tasks)
      return task.draw(stay === 'warm' ? bases.of(seed) : new BaseWorld(world, seed))
    },
  }
  return compiled
}

/** Compiles a task when all findings have been read already. @throws SpecFault for one that there still is */
function compileLate(template: Template, context: TaskContext): DrawableTask {
  const { findings } = template.site
  const before = findings.length
  const task = untilTooMany(() => compileTask(template, context))
  const finding = findings[before]
  if (task && !finding) return task
  throw new SpecFault(finding ? `${finding.path.join('.')}: ${finding.message}` : `tasks.${template.name}: too many findings`)
}

/** Whether an agent can call its tools at any time, and goes on until it ends the task. */
function isPlain({ workflow, deferred, stopTools, approvalOf, limits }: CompiledAgent): boolean {
  return !workflow && !deferred.size && !stopTools.size && !approvalOf && limits.turns === undefined && limits.ms === undefined
}

/** The rules as the agent reads them. */
function rulesText(rules: Scenario['rules']): string | undefined {
  return typeof rules === 'object' ? rules.map(({ text }) => `- ${text}`).join('\n') : rules
}

function unknownTask(name: string, tasks: ReadonlyMap<string, DrawableTask>): GymError {
  return new GymError('GYM_UNKNOWN_TASK', `no task '${name}'`, { path: 'task', nearest: nearest(name, tasks.keys()), expected: [...tasks.keys()] })
}

function runningSums(weights: readonly number[]): number[] {
  let sum = 0
  return weights.map((weight) => (sum += weight))
}


function checkToolNames(world: World, site: Site): void {
  for (const name of Object.keys(world.tools)) {
    if (RESERVED_TOOLS.has(name)) site.at('tools', name).complain('name', `'${name}' is a reserved tool name`, { key: true, expected: 'another name' })
  }
}

/** All that agents are told from the start. */
function promptsOf(agents: ReadonlyMap<string, CompiledAgent>): string {
  return [...agents.values()].map(({ prompt }) => prompt).join('\n\n')
}

function worldTools(world: CompiledWorld, agent: CompiledAgent): ToolSchema[] {
  return agent.tools.map((name) => {
    const { description, input } = world.tools.get(name)!.spec
    return { name, description: agent.asSkill.get(name) ?? description, input_schema: shownInput(input) }
  })
}

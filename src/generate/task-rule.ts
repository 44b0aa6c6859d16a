/** Rules of a blueprint: as the agents read them, as a machine checks them, and what keeps a task within them. */
import type { Blueprint, Entity, Guard } from '../../protocol/spec/blueprint.ts'
import type { Rule } from '../../protocol/spec/scenario.ts'
import { text } from './cel.ts'
import { entityOf } from './task-draft.ts'
import { ownKey, toolNames } from './world-naming.ts'
import { guardHolds } from './world-write.ts'

type Forbidden = Blueprint['forbid'][number]

/** Tools that a rule is about, and for tools that take a state, which states. */
function toolsOf(blueprint: Blueprint, entity: Entity, verbs: readonly string[]): { readonly tools: string[]; readonly states: string[] } {
  const { style } = blueprint
  const actions = entity.lifecycle?.actions.filter(({ verb }) => verbs.includes(verb)) ?? []
  const updates = !verbs.includes('update') ? [] : style.updates === 'row' ? [toolNames.update(style, entity)] : entity.fields.filter(({ mutable }) => mutable).map(({ name }) => toolNames.update(style, entity, name))
  return { tools: [...new Set([...actions.map((action) => toolNames.action(style, entity, action)), ...updates])], states: style.actions === 'one' ? [...new Set(actions.map(({ to }) => to))] : [] }
}

/** The rules as documents have them. */
export function writeRules(blueprint: Blueprint): Rule[] {
  return blueprint.forbid.flatMap((rule, i): Rule[] => {
    const entity = entityOf(blueprint, rule.entity)
    const { tools, states } = toolsOf(blueprint, entity, rule.verbs)
    const column = entity.lifecycle?.field
    const row = `${entity.plural}.get(args.${ownKey(blueprint.style, entity)})`
    const bad = guardHolds(blueprint, entity, rule.when, row)
    const about = states.length === 0 ? 'true' : `!has(args.${column}) || ${states.map((state) => `args.${column} == ${text(state)}`).join(' || ')}`
    return [{ id: `rule_${i + 1}`, text: rule.says, on: tools, that: states.length === 0 ? `!(${bad})` : `!(${about}) || !(${bad})` }]
  })
}

/** The rules that forbid an action, or an update, of an entity; where one tool takes the state, all actions that lead to it are the same to a rule. */
export function rulesAgainst({ forbid, style }: Blueprint, entity: Entity, verb: string): Forbidden[] {
  const endOf = (name: string): string | undefined => entity.lifecycle?.actions.find((action) => action.verb === name)?.to
  const end = style.actions === 'one' ? endOf(verb) : undefined
  return forbid.filter((rule) => rule.entity === entity.name && (rule.verbs.includes(verb) || (end !== undefined && rule.verbs.some((name) => endOf(name) === end))))
}

/** CEL over a row: that no rule forbids the verb. */
export function withinRules(blueprint: Blueprint, entity: Entity, verb: string, row: string): string[] {
  return rulesAgainst(blueprint, entity, verb).map(({ when }) => `!(${guardHolds(blueprint, entity, when as Guard, row)})`)
}

/** Definitions on their own: what is wrong in them wherever they are used, and when they are used nowhere. */
import type { World } from '../../protocol/spec/world.ts'
import type { Finding } from '../spec/complaint.ts'
import { isFunction } from './expression/call.ts'
import { declare, type Scope } from './expression/scope.ts'
import { Site } from './site.ts'
import { compileSteps, type StepEnvironment } from './step.ts'
import { JSON_VALUE } from './type.ts'

/** Mistakes that no type of a parameter can mend. */
const CERTAIN = /^(in \w+: )*(not CEL|unknown (name|function|steps|table)|row of \w+\?? has no field|\w+ has no column|\w+ (calls|uses) itself|\w+ takes \d+ values|definitions nest|'[^']*' is not part|more than \d+ nodes)/

/** Compiles each definition with parameters of no known type, and complains of what is certainly wrong. */
export function checkDefinitions(definitions: World['defs'], scope: () => Scope, environment: Omit<StepEnvironment, 'writes'>, site: Site): void {
  for (const [name, { params, value, do: steps }] of Object.entries(definitions)) {
    const at = site.at(name)
    if (value !== undefined && isFunction(name)) at.complain('name', `'${name}' is a function of the language`, { key: true, expected: 'another name' })
    const findings: Finding[] = []
    const probe = new Site(at.path, findings)
    let inner: Scope = { ...scope(), expanding: [name] }
    params.forEach((param, i) => {
      if (params.indexOf(param) < i) at.at('params', i).complain('name', `two parameters are called '${param}'`)
      if (inner.tables.has(param)) at.at('params', i).complain('name', `'${param}' is a table`, { expected: 'another name' })
      inner = declare(inner, param, JSON_VALUE).scope
    })
    if (value !== undefined) probe.at('value').expression(value, inner)
    if (steps) compileSteps(steps, inner, { ...environment, writes: true }, probe.at('do'))
    for (const finding of findings) if (CERTAIN.test(finding.message)) site.findings.push(finding)
  }
}

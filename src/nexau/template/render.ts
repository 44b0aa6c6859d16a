/** Templates to text: in a sandbox that knows data alone, within bounds, with what is wrong said by name. */
import { evaluate } from './evaluate.ts'
import { TemplateFault } from './meter.ts'
import { freeNames } from './names.ts'
import { parseTemplate } from './syntax.ts'
import { valueOf } from './value.ts'

/** What came of a template: its text, or why there is none; and the variables that nobody gave. */
export type Rendered = {
  readonly text?: string
  readonly fault?: TemplateFault
  /** Variables that it reads and that are neither given nor set by it. */
  readonly unknown: readonly string[]
  /** Variables of the given ones that it reads. */
  readonly read: readonly string[]
}

/** Renders a template over plain data; it never throws. */
export function renderTemplate(source: string, variables: Readonly<Record<string, unknown>>): Rendered {
  let names: string[] = []
  try {
    const syntax = parseTemplate(source)
    names = [...freeNames(syntax)]
    const given = (name: string): boolean => Object.hasOwn(variables, name)
    const [read, unknown] = [names.filter(given), names.filter((name) => !given(name))]
    try {
      const values = new Map(Object.entries(variables).map(([name, value]) => [name, valueOf(value)]))
      return { text: evaluate(syntax, values), read, unknown }
    } catch (error) {
      return { fault: asFault(error), read, unknown }
    }
  } catch (error) {
    return { fault: asFault(error), read: [], unknown: names }
  }
}

function asFault(error: unknown): TemplateFault {
  return error instanceof TemplateFault ? error : new TemplateFault(`it cannot be rendered: ${(error as Error).message.slice(0, 200)}`)
}

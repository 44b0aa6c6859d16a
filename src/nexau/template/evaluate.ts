/** Runs the syntax tree of a template over data, under a meter. */
import { nearest } from '../../core/nearest.ts'
import { filterNamed, FILTER_NAMES } from './filter.ts'
import { Meter, TemplateFault } from './meter.ts'
import { methodOf } from './method.ts'
import { operate } from './operator.ts'
import { Scope } from './scope.ts'
import type { Node, Syntax } from './syntax.ts'
import { runTest } from './test.ts'
import { type Callable, isCallable, isTrue, itemsOf, joined, print, typeName, type Value, type ValueMap } from './value.ts'

class LoopExit {
  readonly again: boolean
  constructor(again: boolean) {
    this.again = again
  }
}

/** Text of a template over variables. @throws TemplateFault where it cannot be rendered within bounds */
export function evaluate({ body, raw }: Syntax, variables: ReadonlyMap<string, Value>): string {
  try {
    return new Evaluation().block(body, new Scope(new Map([...GLOBALS, ...variables, ...raw])))
  } catch (error) {
    if (error instanceof LoopExit) throw new TemplateFault('break or continue outside a loop')
    if (error instanceof RangeError) throw new TemplateFault('it nests too deep', {}, 'template_size')
    throw error
  }
}

const GLOBALS: ReadonlyMap<string, Value> = new Map<string, Value>([['true', true], ['True', true], ['false', false], ['False', false], ['none', null], ['None', null]])

type Handler = (this: Evaluation, node: Node, scope: Scope) => Value

class Evaluation {
  readonly #meter = new Meter()

  block(nodes: readonly Node[], scope: Scope): string {
    return joined(nodes.map((node) => print(this.value(node, scope), this.#meter)), '', this.#meter)
  }

  value(node: Node, scope: Scope): Value {
    this.#meter.step()
    const handler = Object.hasOwn(HANDLERS, node.type) ? HANDLERS[node.type] : undefined
    if (!handler) throw new TemplateFault(`templates have no ${node.type} here`)
    return this.#meter.nested(() => handler.call(this, node, scope))
  }

  get meter(): Meter {
    return this.#meter
  }

  /** A part of a value; of what is missing there is none, which is a mistake. */
  member(node: Node, scope: Scope): Value {
    const object = this.value(node.object as Node, scope)
    const property = node.property as Node
    if (property.type === 'SliceExpression') return this.slice(object, property, scope)
    const key = node.computed === true ? this.value(property, scope) : property.value as Value
    if (object === undefined) throw new TemplateFault(`'${wordOf(node.object as Node)}' is undefined`, { word: wordOf(node.object as Node) })
    if (typeof key === 'number') return typeof object === 'string' || Array.isArray(object) ? object.at(Math.trunc(key)) : object instanceof Map ? object.get(String(key)) : undefined
    if (typeof key !== 'string') return undefined
    if (object instanceof Map && object.has(key)) return object.get(key)
    return methodOf(object, key, this.#meter)
  }

  slice(object: Value, node: Node, scope: Scope): Value {
    if (typeof object !== 'string' && !Array.isArray(object)) throw new TemplateFault(`${typeName(object)} has no slices`)
    const [start, stop, step] = [node.start, node.stop, node.step].map((part) => (part ? this.value(part as Node, scope) : undefined))
    if (step !== undefined && step !== 1) throw new TemplateFault('slices go by single steps here')
    this.#meter.build(object.length)
    return object.slice(...[start, stop].map((edge) => (typeof edge === 'number' ? Math.trunc(edge) : undefined)))
  }

  arguments(nodes: readonly Node[], scope: Scope): { args: Value[]; named: ValueMap } {
    const args: Value[] = []
    const named: ValueMap = new Map()
    for (const node of nodes) {
      if (node.type === 'KeywordArgumentExpression') named.set((node.key as Node).value as string, this.value(node.value as Node, scope))
      else args.push(this.value(node, scope))
    }
    return { args, named }
  }

  filter(name: string, value: Value, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
    const filter = filterNamed(name)
    if (!filter) throw new TemplateFault(`no filter '${name}'`, { word: name, nearest: nearest(name, FILTER_NAMES), expected: FILTER_NAMES.join(', ') })
    return filter(value, { args, named, meter: this.#meter, run: (other, item, rest) => this.#meter.nested(() => this.filter(other, item, rest, new Map())) })
  }

  applyFilter(value: Value, filter: Node, scope: Scope): Value {
    if (filter.type !== 'CallExpression') return this.filter(filter.value as string, value, [], new Map())
    const { args, named } = this.arguments(filter.args as Node[], scope)
    return this.filter((filter.callee as Node).value as string, value, args, named)
  }

  loop(node: Node, outer: Scope): string {
    const iterable = node.iterable as Node
    const isPicked = iterable.type === 'SelectExpression'
    const bind = (item: Value): Scope => {
      const scope = new Scope(new Map(), outer)
      unpack(node.loopvar as Node, item, scope)
      return scope
    }
    const all = itemsOf(this.value(isPicked ? iterable.lhs as Node : iterable, outer), this.#meter)
    const items = isPicked ? all.filter((item) => isTrue(this.value(iterable.test as Node, bind(item)))) : all
    if (!items.length) return this.block(node.defaultBlock as Node[], outer)
    const parts: string[] = []
    for (const [i, item] of items.entries()) {
      const scope = bind(item)
      scope.set('loop', new Map<string, Value>(Object.entries({
        index: i + 1, index0: i, revindex: items.length - i, revindex0: items.length - i - 1, first: i === 0, last: i === items.length - 1, length: items.length, previtem: items[i - 1], nextitem: items[i + 1],
        cycle: { call: (args: readonly Value[]) => args[i % Math.max(1, args.length)] },
      })))
      try {
        parts.push(this.block(node.body as Node[], scope))
      } catch (exit) {
        if (!(exit instanceof LoopExit)) throw exit
        if (!exit.again) break
      }
    }
    return joined(parts, '', this.#meter)
  }

  /** A macro, or the body of a call block: a function that gives text. */
  macro(parameters: readonly Node[], body: readonly Node[], scope: Scope, caller?: Callable): Callable {
    return {
      call: (args, named) => {
        const inside = new Scope(new Map(), scope)
        parameters.forEach((parameter, i) => {
          const name = (parameter.type === 'Identifier' ? parameter : parameter.key as Node).value as string
          inside.set(name, args[i] ?? named.get(name) ?? (parameter.type === 'Identifier' ? undefined : this.value(parameter.value as Node, inside)))
        })
        const given = named.get('caller') ?? caller
        if (given !== undefined) inside.set('caller', given)
        return this.block(body, inside)
      },
    }
  }
}

function wordOf(node: Node): string {
  return node.type === 'Identifier' ? node.value as string : node.type === 'MemberExpression' ? node.computed === true ? wordOf(node.object as Node) : `${wordOf(node.object as Node)}.${String((node.property as Node).value)}` : 'the value'
}

function unpack(target: Node, value: Value, scope: Scope): void {
  if (target.type === 'Identifier') return scope.set(target.value as string, value)
  if (target.type !== 'TupleLiteral') throw new TemplateFault('only names can be set')
  const names = target.value as Node[]
  if (!Array.isArray(value) || value.length !== names.length) throw new TemplateFault(`${names.length} names for ${Array.isArray(value) ? value.length : typeName(value)}`)
  names.forEach((name, i) => unpack(name, value[i], scope))
}

function call(callee: Value, word: string, args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  if (!isCallable(callee)) throw new TemplateFault(callee === undefined ? `no function '${word}'` : `'${word}' is no function`, { word: word.split('.').at(-1)! })
  return callee.call(args, named)
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  StringLiteral: ({ value }) => value as string,
  IntegerLiteral: ({ value }) => value as number,
  FloatLiteral: ({ value }) => value as number,
  Comment: () => '',
  Break() { throw new LoopExit(false) },
  Continue() { throw new LoopExit(true) },
  ArrayLiteral({ value }, scope) { return (value as Node[]).map((item) => this.value(item, scope)) },
  TupleLiteral({ value }, scope) { return (value as Node[]).map((item) => this.value(item, scope)) },
  ObjectLiteral({ value }, scope) { return new Map([...(value as Map<Node, Node>)].map(([key, item]) => [print(this.value(key, scope), this.meter), this.value(item, scope)])) },
  Identifier({ value }, scope) { return scope.has(value as string) ? scope.get(value as string) : builtin(value as string, this.meter, scope) },
  MemberExpression(node, scope) { return this.member(node, scope) },
  CallExpression(node, scope) {
    const { args, named } = this.arguments(node.args as Node[], scope)
    return call(this.value(node.callee as Node, scope), wordOf(node.callee as Node), args, named)
  },
  FilterExpression(node, scope) { return this.applyFilter(this.value(node.operand as Node, scope), node.filter as Node, scope) },
  FilterStatement(node, scope) { return this.applyFilter(this.block(node.body as Node[], new Scope(new Map(), scope)), node.filter as Node, scope) },
  TestExpression(node, scope) { return runTest((node.test as Node).value as string, this.value(node.operand as Node, scope), [], this.meter) !== (node.negate === true) },
  Ternary(node, scope) { return this.value((isTrue(this.value(node.condition as Node, scope)) ? node.trueExpr : node.falseExpr) as Node, scope) },
  SelectExpression(node, scope) { return isTrue(this.value(node.test as Node, scope)) ? this.value(node.lhs as Node, scope) : undefined },
  UnaryExpression(node, scope) {
    const value = this.value(node.argument as Node, scope)
    if ((node.operator as { value: string }).value === 'not') return !isTrue(value)
    if (typeof value !== 'number') throw new TemplateFault(`${typeName(value)} has no sign`)
    return (node.operator as { value: string }).value === '-' ? -value : value
  },
  BinaryExpression(node, scope) {
    const { value: operator } = node.operator as { value: string }
    const left = this.value(node.left as Node, scope)
    if (operator === 'and' || operator === 'or') return isTrue(left) === (operator === 'and') ? this.value(node.right as Node, scope) : left
    return operate(operator, left, this.value(node.right as Node, scope), this.meter)
  },
  If(node, scope) { return this.block((isTrue(this.value(node.test as Node, scope)) ? node.body : node.alternate) as Node[], scope) },
  For(node, scope) { return this.loop(node, scope) },
  Set(node, scope) {
    const value = node.value ? this.value(node.value as Node, scope) : this.block(node.body as Node[], new Scope(new Map(), scope))
    const assignee = node.assignee as Node
    if (assignee.type !== 'MemberExpression') return void unpack(assignee, value, scope)
    const space = this.value(assignee.object as Node, scope)
    if (!scope.isNamespace(space)) throw new TemplateFault('only parts of a namespace() can be set')
    return void space.set((assignee.property as Node).value as string, value)
  },
  Macro(node, scope) { return void scope.set((node.name as Node).value as string, this.macro(node.args as Node[], node.body as Node[], scope)) },
  CallStatement(node, scope) {
    const { callee, args: nodes } = node.call as { callee: Node; args: Node[] }
    const { args, named } = this.arguments(nodes, scope)
    const caller = this.macro((node.callerArgs as Node[] | null) ?? [], node.body as Node[], scope)
    return call(this.value(callee, scope), wordOf(callee), args, new Map([...named, ['caller', caller]]))
  },
}

/** The longest list that range() makes. */
const MOST_RANGE = 10_000

function builtin(name: string, meter: Meter, scope: Scope): Value {
  if (name === 'namespace') return { call: (_args, named) => scope.namespace(new Map(named)) }
  if (name === 'dict') return { call: (_args, named) => new Map(named) }
  if (name !== 'range') return undefined
  return {
    call(args) {
      const numbers = args.map((value) => (typeof value === 'number' && Number.isInteger(value) ? value : NaN))
      const [start, stop, step] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0] ?? NaN, numbers[1] ?? NaN, numbers[2] ?? 1]
      const length = Math.max(0, Math.ceil((stop - start) / step))
      if (!Number.isFinite(length)) throw new TemplateFault('range() wants whole numbers', { word: 'range' })
      if (length > MOST_RANGE) throw new TemplateFault(`range() gives at most ${MOST_RANGE} numbers`, { word: 'range' }, 'template_size')
      meter.build(length)
      return Array.from({ length }, (_, i) => start + i * step)
    },
  }
}

/** What rendering a template may cost: counted before it is spent, so that no template can run away. */

/** Bounds of one rendering. */
export const TEMPLATE_LIMITS = {
  /** Characters of a template. */
  source: 200_000,
  /** Characters of white space in a row: what finds the end of tags is quadratic in them. */
  blanks: 1000,
  /** Nodes that are evaluated. */
  steps: 100_000,
  /** Characters and items that are built, all intermediate ones added up. */
  built: 2_000_000,
  /** Calls and blocks inside each other. */
  depth: 200,
} as const

/** A template that cannot be rendered, said so that its author can act on it. */
export class TemplateFault extends Error {
  readonly code: 'template' | 'template_size'
  readonly more: { readonly expected?: string; readonly nearest?: string; /** The word of the template that it is about. */ readonly word?: string }
  constructor(message: string, more: TemplateFault['more'] = {}, code: TemplateFault['code'] = 'template') {
    super(message)
    this.code = code
    this.more = more
  }
}

/** Counts what one rendering spends. */
export class Meter {
  #steps = 0
  #built = 0
  #depth = 0

  step(): void {
    if (++this.#steps > TEMPLATE_LIMITS.steps) throw new TemplateFault(`it takes more than ${TEMPLATE_LIMITS.steps} steps`, {}, 'template_size')
  }

  /** Called with the size of what is about to be built. */
  build(size: number): void {
    this.#built += size
    if (!(this.#built <= TEMPLATE_LIMITS.built)) throw new TemplateFault(`it builds more than ${TEMPLATE_LIMITS.built} characters and items`, {}, 'template_size')
  }

  /** Runs something one level deeper. */
  nested<T>(run: () => T): T {
    if (++this.#depth > TEMPLATE_LIMITS.depth) throw new TemplateFault(`it nests deeper than ${TEMPLATE_LIMITS.depth}`, {}, 'template_size')
    try {
      return run()
    } finally {
      this.#depth--
    }
  }
}

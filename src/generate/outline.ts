/** What those who lay out teams and write texts have to know of a generated world's tools. */

/** A tool by what it does to which entity. */
export type ToolOutline = {
  readonly name: string
  readonly entity: string
  readonly does: 'get' | 'search' | 'count' | 'create' | 'update' | 'action' | 'link'
  readonly effect: 'read' | 'write'
}

/** The tools of a world, in its order, and which entities refer to which. */
export type Outline = {
  readonly tools: readonly ToolOutline[]
  /** Entity to those that it refers to. */
  readonly relations: Readonly<Record<string, readonly string[]>>
  /** Words for an entity: singular and plural, with spaces. */
  readonly words: Readonly<Record<string, { readonly one: string; readonly many: string }>>
}

/** The axes of difficulty that a generated environment can be moved along, one at a time. */

/** An axis: its range, and whether it takes whole numbers only. */
export type Axis = { readonly from: number; readonly to: number; readonly whole: boolean; readonly about: string }

/** By name; what a reference does not state is drawn from the seed. */
export const AXES = {
  depth: { from: 1, to: 8, whole: true, about: 'Actions that lead from the start to the goal, those that make a condition true included.' },
  joins: { from: 0, to: 4, whole: true, about: 'Relations that the references of a request go through, all together, before they reach their rows.' },
  tools: { from: 2, to: 12, whole: true, about: 'Entities in the world; each brings its tools.' },
  decoys: { from: 0, to: 0.5, whole: false, about: 'Share of the named rows that share their name with another.' },
  lifecycle: { from: 2, to: 8, whole: true, about: 'States that an entity goes through.' },
  missing: { from: 0, to: 4, whole: true, about: 'Facts that only the user knows and has to be asked for.' },
  context: { from: 0, to: 4, whole: true, about: 'How much there is to read: fields, whole rows in lists, long descriptions, large pages.' },
  delegation: { from: 0, to: 5, whole: true, about: 'Levels of agents below the root.' },
  faults: { from: 0, to: 1, whole: false, about: 'Intensity of the dynamics.' },
} as const satisfies Record<string, Axis>

export type AxisName = keyof typeof AXES
/** A point, or a part of one: what is missing is drawn. */
export type Axes = { readonly [A in AxisName]?: number }

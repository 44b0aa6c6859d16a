/** Colours that people with any colour vision can tell apart (Okabe and Ito), on white. */
export const PALETTE = {
  ink: '#1a1a1a',
  faint: '#595959',
  grid: '#dddddd',
  paper: '#ffffff',
  blue: '#0072b2',
  sky: '#56b4e9',
  green: '#009e73',
  orange: '#e69f00',
  red: '#d55e00',
  pink: '#cc79a7',
  grey: '#bdbdbd',
} as const

/** Sizes of letters in pixels. */
export const TITLE = 22
export const HEAD = 15
export const BODY = 12

export const STYLE = [
  `text { font-family: "DejaVu Sans", Verdana, "Segoe UI", Arial, sans-serif; font-size: ${BODY}px; fill: ${PALETTE.ink}; }`,
  `.title { font-size: ${TITLE}px; font-weight: bold; }`,
  `.head { font-size: ${HEAD}px; font-weight: bold; }`,
  `.faint { fill: ${PALETTE.faint}; }`,
  '.end { text-anchor: end; }',
  '.middle { text-anchor: middle; }',
].join('\n')

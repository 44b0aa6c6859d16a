/** Colours and letters of a drawn framework; plain rules, which every program that shows SVG understands. */

/** Sizes of letters in pixels. */
export const [TITLE, LINE] = [13, 11]

type Palette = Readonly<Record<'paper' | 'ink' | 'faint' | 'line' | 'agent' | 'agentEdge' | 'flow' | 'flowEdge' | 'node' | 'nodeEdge' | 'again' | 'againEdge', string>>

// Hues that people with any colour vision can tell apart; dashes and corners differ too.
const LIGHT: Palette = { paper: '#ffffff', ink: '#1a1a1a', faint: '#595959', line: '#6b7280', agent: '#e8f1fa', agentEdge: '#0072b2', flow: '#eaf5ea', flowEdge: '#2e7d32', node: '#fdf3e0', nodeEdge: '#b26a00', again: '#f5f5f5', againEdge: '#767676' }
const DARK: Palette = { paper: '#16181d', ink: '#f1f1f1', faint: '#b4b8c0', line: '#9aa1ad', agent: '#172a3a', agentEdge: '#56b4e9', flow: '#18301c', flowEdge: '#6cc070', node: '#35280f', nodeEdge: '#e6a23c', again: '#24262c', againEdge: '#9a9a9a' }

const colours = (palette: Palette): string => [
  `text{fill:${palette.ink}}`, `.faint{fill:${palette.faint}}`, `.paper{fill:${palette.paper}}`,
  `.agent{fill:${palette.agent};stroke:${palette.agentEdge}}`, `.workflow{fill:${palette.flow};stroke:${palette.flowEdge}}`,
  `.node,.choice{fill:${palette.node};stroke:${palette.nodeEdge}}`, `.again{fill:${palette.again};stroke:${palette.againEdge}}`,
  `.arrow{fill:none;stroke:${palette.line}}`, `.next{stroke:${palette.nodeEdge}}`, `.tip{fill:${palette.line}}`, `.tip-next{fill:${palette.nodeEdge}}`, `.label{stroke:${palette.paper}}`,
].join('')

/** The style of the whole file; where the reader likes it dark, it is. */
export const STYLE = [
  `text{font-family:"DejaVu Sans",Verdana,"Segoe UI",Arial,sans-serif;font-size:${LINE}px}`,
  '.head{font-size:18px;font-weight:bold}', `.title{font-size:${TITLE}px;font-weight:bold}`, '.label{text-anchor:end;paint-order:stroke;stroke-width:4px;stroke-linejoin:round}',
  '.workflow{stroke-width:2}', '.again{stroke-dasharray:4 3}', '.arrow{stroke-width:1.4}', '.hands_off{stroke-dasharray:7 4}', '.runs{stroke-dasharray:2 4}', '.next{stroke-width:2.2}',
  colours(LIGHT), `@media (prefers-color-scheme:dark){${colours(DARK)}}`,
].join('\n')

/** The player of turns that a workflow takes itself: nobody is asked for them, and no journal holds them. */
export const WORKFLOW_PLAYER = 'workflow'

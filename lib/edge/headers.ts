/** The request header in which proxy.ts tells pages their own path. */
export const PATH_HEADER = 'x-devpilot-path'
/** The request header in which proxy.ts tells the layout the nonce of this answer's policy. */
export const NONCE_HEADER = 'x-devpilot-nonce'

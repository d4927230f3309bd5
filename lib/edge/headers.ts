/** The request header in which proxy.ts tells pages their own path. */
export const PATH_HEADER = 'x-devpilot-path'

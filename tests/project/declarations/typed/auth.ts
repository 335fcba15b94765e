import type { StreamAuthContext } from 'motia'

export const ada: StreamAuthContext = { user: 'ada' }
export const eve: StreamAuthContext = { user: 'eve', staff: true }
// @ts-expect-error
export const nobody: StreamAuthContext = {}

/** Who may connect: people with a token, in the address or beside the offered protocols; and anybody without one. */

import { defineConfig, type StreamAuthRequest } from 'motia'
import { PEOPLE, type Person } from '@chat/people'

async function authenticate(request: StreamAuthRequest): Promise<Person | null> {
  const offered = String(request.headers['sec-websocket-protocol'] ?? '')
  const asked = new URL(request.url ?? '/', 'ws://localhost').searchParams.get('authToken')
  const token = offered.split(',')[1]?.trim() || asked
  if (!token) return null
  const person = PEOPLE.get(token)
  if (!person) throw new Error(`nobody has the token '${token}'`)
  return person
}

export default defineConfig({
  streamAuth: {
    contextSchema: { type: 'object', properties: { name: { type: 'string' }, staff: { type: 'boolean' } } },
    authenticate,
  },
})

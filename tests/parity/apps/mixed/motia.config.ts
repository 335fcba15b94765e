/** People say who they are; rules in both languages decide by it. */

import { defineConfig } from 'motia'

export default defineConfig({
  streamAuth: {
    contextSchema: {
      type: 'object',
      properties: { name: { type: 'string' }, floors: { type: 'array', items: { type: 'integer' } } },
      required: ['name', 'floors'],
    },
    authenticate: ({ url }) => {
      const name = new URL(url ?? '/', 'ws://localhost').searchParams.get('name')
      if (name === 'nobody') throw new RangeError('nobody is nobody')
      return name ? { name, floors: [name.length] } : null
    },
  },
})

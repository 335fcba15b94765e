/** @type {import('motia').EventConfig} */
export const config = { type: 'event', name: 'Bill', subscribes: ['user.billed'], input: null, emits: [] }

/** @type {import('motia').Handlers['Bill']} */
export const handler = async (input, { logger }) => {
  logger.info('Billed', { cents: input.cents.toFixed(2) })
  // @ts-expect-error no such property
  input.euros
}

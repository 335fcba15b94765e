/** Prices in cents. */
export const PRICES = new Map([
  ['espresso', 250],
  ['flat-white', 380],
  ['croissant', 320],
])

export const total = (items: string[]) => items.reduce((sum, item) => sum + (PRICES.get(item) ?? 0), 0)

export const unknown = (items: string[]) => [...new Set(items.filter((item) => !PRICES.has(item)))].sort()

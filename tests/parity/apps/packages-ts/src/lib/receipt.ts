import menu from '../../data/menu.json'

/** The lines of a receipt, and their sum in cents. */
export function receipt(items: string[]): { lines: string[]; total: number } {
  const prices = items.map((item) => menu[item as keyof typeof menu])
  return {
    lines: items.map((item, i) => `${item} ${((prices[i] ?? 0) / 100).toFixed(2)}`),
    total: prices.reduce((sum, price) => sum + price, 0),
  }
}
